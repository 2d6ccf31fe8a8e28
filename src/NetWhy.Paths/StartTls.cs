using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace NetWhy.Paths;

/// <summary>A step of the way to TLS.</summary>
public enum StartTlsStep
{
    /// <summary>The service greets.</summary>
    Greeting,

    /// <summary>We introduce ourselves, and say whom we want.</summary>
    Introduction,

    /// <summary>It says what it can do.</summary>
    Offer,

    /// <summary>We ask for TLS.</summary>
    Wish,
}

/// <summary>What a service said to the wish to go on with TLS.</summary>
/// <param name="IsAccepted">Whether TLS may begin.</param>
/// <param name="Refusal">Why not, in a few words; null if it may.</param>
/// <param name="Said">The last octets that the service sent, at most 512.</param>
/// <param name="Elapsed">How long it took.</param>
/// <param name="Step">The step that it came to.</param>
public sealed record StartTlsAnswer(bool IsAccepted, string? Refusal, ReadOnlyMemory<byte> Said, TimeSpan Elapsed, StartTlsStep Step)
{
    /// <summary>Whether the service offered TLS before it was asked for it; true where its protocol offers nothing.</summary>
    public bool IsOffered { get; init; } = true;

    /// <summary>Last line of what the service offers, such as <c>250 HELP</c>; null where its protocol offers nothing line by line.</summary>
    public string? LastOffer { get; init; }

    /// <summary>Whether it did not refuse, but said nothing for as long as it was waited for.</summary>
    public bool IsSilent { get; init; }

    /// <summary>Whether it did not refuse, but the connection ended.</summary>
    public bool IsEnded { get; init; }
}

/// <summary>How a service is asked.</summary>
public sealed record StartTlsManner
{
    /// <summary>How the client calls itself (SMTP and LMTP).</summary>
    public string ClientName { get; init; } = "netwhy.invalid";

    /// <summary>Whether it is asked even where it refuses our introduction, or offers no TLS (SMTP, LMTP and IMAP).</summary>
    public bool Insists { get; init; }
}

/// <summary>Asks a service that begins in the clear to go on with TLS.</summary>
/// <remarks>
/// Source: RFC 3207 (SMTP), RFC 9051 section 6.2.1 (IMAP), RFC 2595 section 4 (POP3), RFC 4217 (FTP), RFC 6120 section 5 (XMPP), RFC 4511
/// section 4.14 (LDAP), "Frontend/Backend Protocol" of PostgreSQL, "Connection Phase" of MySQL.
/// </remarks>
public static class StartTls
{
    private const int Longest = 16 * 1024; // octets of one answer
    private const int MostKept = 512;

    // Mail servers hold back their greeting from clients that cannot wait: postscreen for 6 s, others for 10 and more. A client should
    // wait for 5 minutes: RFC 5321, section 4.5.3.2.1.
    private static readonly TimeSpan PatienceWithMail = TimeSpan.FromSeconds(11);

    /// <summary>The protocols, by the names that openssl has for them.</summary>
    public static ImmutableArray<string> Protocols { get; } = ["smtp", "lmtp", "imap", "pop3", "ftp", "xmpp", "xmpp-server", "postgres", "mysql", "ldap"];

    private static ReadOnlySpan<byte> PostgresRequest => [0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f];

    /// <summary>The port where a protocol begins in the clear; 0 for one that is not known. Source: IANA.</summary>
    /// <param name="protocol">One of <see cref="Protocols"/>.</param>
    public static int PortOf(string protocol) => protocol switch
    {
        "smtp" => 25,
        "lmtp" => 24,
        "imap" => 143,
        "pop3" => 110,
        "ftp" => 21,
        "xmpp" => 5222,
        "xmpp-server" => 5269,
        "postgres" => 5432,
        "mysql" => 3306,
        "ldap" => 389,
        _ => 0,
    };

    /// <summary>Asks.</summary>
    /// <param name="stream">The connection, on which nothing was said yet.</param>
    /// <param name="protocol">One of <see cref="Protocols"/>.</param>
    /// <param name="host">Name of the service, for XMPP.</param>
    /// <param name="patience">How long all of it may take.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static Task<StartTlsAnswer> AskAsync(ByteStream stream, string protocol, string host, TimeSpan patience, CancellationToken cancellationToken) =>
        AskAsync(stream, protocol, host, patience, new StartTlsManner(), cancellationToken);

    /// <summary>Asks in a manner of one's own.</summary>
    /// <param name="stream">The connection, on which nothing was said yet.</param>
    /// <param name="protocol">One of <see cref="Protocols"/>.</param>
    /// <param name="host">Name of the service, for XMPP.</param>
    /// <param name="patience">How long all of it may take.</param>
    /// <param name="manner">How.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static Task<StartTlsAnswer> AskAsync(
        ByteStream stream, string protocol, string host, TimeSpan patience, StartTlsManner manner, CancellationToken cancellationToken) =>
        new Dialogue(stream, patience, patience, manner).RunAsync(protocol, host, cancellationToken);

    /// <summary>Asks, and waits as long for a greeting as the services of a protocol may hold it back.</summary>
    /// <param name="stream">The connection, on which nothing was said yet.</param>
    /// <param name="protocol">One of <see cref="Protocols"/>.</param>
    /// <param name="host">Name of the service, for XMPP.</param>
    /// <param name="patience">How long all of it may take, once it has greeted.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static Task<StartTlsAnswer> AskPatientlyAsync(ByteStream stream, string protocol, string host, TimeSpan patience, CancellationToken cancellationToken) =>
        new Dialogue(stream, patience, protocol is "smtp" or "lmtp" && patience < PatienceWithMail ? PatienceWithMail : patience, new StartTlsManner())
            .RunAsync(protocol, host, cancellationToken);

    private sealed class Dialogue(ByteStream stream, TimeSpan patience, TimeSpan patienceWithGreeting, StartTlsManner manner)
    {
        private readonly long _begin = Stopwatch.GetTimestamp();
        private long _greeted = Stopwatch.GetTimestamp();
        private byte[] _said = [];
        private StartTlsStep _step;
        private bool _isOffered = true;
        private string? _lastOffer;
        private bool _isSilent;
        private bool _isEnded;

        internal async Task<StartTlsAnswer> RunAsync(string protocol, string host, CancellationToken cancellationToken)
        {
            string? refusal = protocol switch
            {
                "smtp" => await LinesAsync($"EHLO {manner.ClientName}\r\n", "STARTTLS\r\n", "220", cancellationToken),
                "lmtp" => await LinesAsync($"LHLO {manner.ClientName}\r\n", "STARTTLS\r\n", "220", cancellationToken),
                "ftp" => await LinesAsync(null, "AUTH TLS\r\n", "234", cancellationToken),
                "pop3" => await PopAsync(cancellationToken),
                "imap" => await ImapAsync(cancellationToken),
                "xmpp" => await XmppAsync("jabber:client", host, cancellationToken),
                "xmpp-server" => await XmppAsync("jabber:server", host, cancellationToken),
                "postgres" => await PostgresAsync(cancellationToken),
                "mysql" => await MySqlAsync(cancellationToken),
                _ => await LdapAsync(cancellationToken),
            };
            return new StartTlsAnswer(refusal is null, refusal, _said.AsMemory(0, Math.Min(_said.Length, MostKept)), Stopwatch.GetElapsedTime(_begin), _step)
            {
                IsOffered = _isOffered,
                LastOffer = _lastOffer,
                IsSilent = _isSilent,
                IsEnded = _isEnded,
            };
        }

        // Answers of three digits.
        private async Task<string?> LinesAsync(string? hello, string wish, string good, CancellationToken cancellationToken)
        {
            if (await ReadAsync(text => IsWholeReply(WithoutDelay(text)), cancellationToken) is { } silence)
                return silence;
            if (WithoutDelay(Text) is not ['2', ..])
                return "its greeting is a refusal";
            _greeted = Stopwatch.GetTimestamp();
            _lastOffer = LastLine;
            if (hello is not null)
            {
                _step = StartTlsStep.Introduction;
                if (await TellAsync(hello, IsWholeReply, cancellationToken) is { } early)
                    return early;
                _lastOffer = LastLine;
                if (!manner.Insists && Text is not ['2', ..] and not ['5', '0', '0' or '2', ..]) // those know no EHLO, and so no STARTTLS: RFC 5321, section 4.1.1.1
                    return $"it refuses {hello[..4]}";
                _step = StartTlsStep.Offer;
                _isOffered = Text.Contains("STARTTLS", StringComparison.OrdinalIgnoreCase);
                if (!_isOffered && !manner.Insists)
                    return Text.Contains("XXXX", StringComparison.Ordinal) ? "STARTTLS is blotted out of its answer on the way" : "it does not offer STARTTLS";
            }

            _step = StartTlsStep.Wish;
            return await TellAsync(wish, IsWholeReply, cancellationToken)
                ?? (Text.StartsWith(good, StringComparison.Ordinal) ? null : $"it refuses {wish.TrimEnd()}");
        }

        private async Task<string?> PopAsync(CancellationToken cancellationToken)
        {
            string? refusal = await ReadAsync(text => text.Contains('\n', StringComparison.Ordinal), cancellationToken)
                ?? (!Text.StartsWith("+OK", StringComparison.Ordinal) ? "its greeting is a refusal" : null);
            _lastOffer = LastLine;
            return refusal
                ?? await WishAsync("STLS\r\n", text => text.Contains('\n', StringComparison.Ordinal), cancellationToken)
                ?? (Text.StartsWith("+OK", StringComparison.Ordinal) ? null : "it refuses STLS");
        }

        private async Task<string?> ImapAsync(CancellationToken cancellationToken)
        {
            string tag = manner.Insists ? "." : "a1";
            string? refusal = await ReadAsync(text => text.Contains('\n', StringComparison.Ordinal), cancellationToken)
                ?? (Text.StartsWith("* OK", StringComparison.OrdinalIgnoreCase) ? null
                    : Text.StartsWith("* PREAUTH", StringComparison.OrdinalIgnoreCase) ? "it greets us as known already (PREAUTH), and then there is no STARTTLS"
                    : "its greeting is a refusal");
            if (refusal is null && manner.Insists)
            {
                _step = StartTlsStep.Offer;
                refusal = await TellAsync($"{tag} CAPABILITY\r\n", IsAnswered, cancellationToken);
                (_isOffered, _lastOffer) = (Text.Contains("STARTTLS", StringComparison.OrdinalIgnoreCase), LastLine);
            }

            return refusal
                ?? await WishAsync($"{tag} STARTTLS\r\n", IsAnswered, cancellationToken)
                ?? (("\n" + Text).Contains($"\n{tag} OK", StringComparison.OrdinalIgnoreCase) ? null : "it refuses STARTTLS");

            bool IsAnswered(string text) => ("\n" + text).Contains($"\n{tag} ", StringComparison.Ordinal) && text.EndsWith('\n');
        }

        private async Task<string?> XmppAsync(string space, string host, CancellationToken cancellationToken)
        {
            string name = new([.. host.Where(letter => letter is not ('\'' or '<' or '&'))]);
            _step = StartTlsStep.Introduction;
            return await TellAsync(
                    $"<stream:stream xmlns:stream='http://etherx.jabber.org/streams' xmlns='{space}' to='{name}' version='1.0'>",
                    text => text.Contains("</stream:features>", StringComparison.Ordinal) || text.Contains("</stream:stream>", StringComparison.Ordinal) || text.Contains("<stream:features/>", StringComparison.Ordinal),
                    cancellationToken)
                ?? ErrorOf(name)
                ?? await OfferAsync("<starttls", cancellationToken);
        }

        // Source: RFC 6120, section 4.9.3.
        private string? ErrorOf(string name) => !Text.Contains("<stream:error", StringComparison.Ordinal) ? null
            : Text.Contains("<host-unknown", StringComparison.Ordinal) ? $"it does not serve {name} (host-unknown)"
            : Text.Contains("<host-gone", StringComparison.Ordinal) ? $"it serves {name} no more (host-gone)"
            : "it ends the stream with an error";

        private async Task<string?> OfferAsync(string offer, CancellationToken cancellationToken)
        {
            _step = StartTlsStep.Offer;
            if (!Text.Contains(offer, StringComparison.Ordinal))
                return "it does not offer STARTTLS";
            return await WishAsync(
                    "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>",
                    text => text.Contains("<proceed", StringComparison.Ordinal) || text.Contains("<failure", StringComparison.Ordinal) || text.Contains("</stream", StringComparison.Ordinal),
                    cancellationToken)
                ?? (Text.Contains("<proceed", StringComparison.Ordinal) ? null : "it refuses STARTTLS");
        }

        private async Task<string?> PostgresAsync(CancellationToken cancellationToken) =>
            await WishAsync(PostgresRequest.ToArray(), text => text.Length > 0, cancellationToken)
                ?? (_said[0] == 'S' ? null : _said[0] == 'N' ? "it does not offer TLS" : "it refuses the wish for TLS");

        private async Task<string?> MySqlAsync(CancellationToken cancellationToken)
        {
            const int HeaderSize = 4; // length of three octets, the lowest first, and a number
            const int ClientSsl = 0x0800;
            const int Capabilities = ClientSsl | 0x0200 | 0x8000; // protocol 4.1, secure connection
            if (await ReadAsync(_ => _said.Length >= HeaderSize && _said.Length >= HeaderSize + (_said[0] | _said[1] << 8 | _said[2] << 16), cancellationToken) is { } silence)
                return silence;
            int afterVersion = _said.Length > 5 ? _said.AsSpan(5).IndexOf((byte)0) : -1;
            int flags = 5 + afterVersion + 1 + 4 + 8 + 1; // behind the version: thread, half of the salt, a zero
            if (afterVersion < 0 || flags + 2 > _said.Length || _said[4] != 10)
                return "its greeting is a refusal";
            _step = StartTlsStep.Offer;
            if (((_said[flags] | _said[flags + 1] << 8) & ClientSsl) == 0)
                return "it does not offer TLS";
            byte[] request = new byte[HeaderSize + 32];
            (request[0], request[3]) = (32, 1);
            (request[4], request[5], request[7], request[11], request[12]) = (Capabilities & 0xff, Capabilities >> 8, 0, 1, 45); // packets of 16 MiB, utf8mb4
            return (await stream.WriteAsync(request, patience, cancellationToken)).Outcome is StreamOutcome.Moved ? null : End();
        }

        private async Task<string?> LdapAsync(CancellationToken cancellationToken)
        {
            byte[] request = [0x30, 0x1d, 0x02, 0x01, 0x01, 0x77, 0x18, 0x80, 0x16, .. "1.3.6.1.4.1.1466.20037"u8];
            if (await WishAsync(request, _ => _said.Length >= 2 && _said.Length >= 2 + (_said[1] & 0x7f), cancellationToken) is { } silence)
                return silence;
            int result = _said.AsSpan().IndexOf((ReadOnlySpan<byte>)[0x0a, 0x01]); // ENUMERATED of one octet
            return result >= 0 && result + 2 < _said.Length && _said[result + 2] == 0 ? null : "it refuses the extended operation StartTLS";
        }

        private string FallSilent()
        {
            _isSilent = true;
            return string.Create(CultureInfo.InvariantCulture, $"it does not {(_step is StartTlsStep.Greeting ? "greet" : "answer")} within {Patience.TotalSeconds:0.#} s");
        }

        private string End()
        {
            _isEnded = true;
            return _step is StartTlsStep.Greeting ? "the connection ends before it greets" : "the connection ends";
        }

        private TimeSpan Patience => _step is StartTlsStep.Greeting ? patienceWithGreeting : patience;

        private string LastLine => Text.TrimEnd().Split('\n')[^1];

        private string Text => Encoding.Latin1.GetString(_said);

        // A reply of many lines ends with its first number again and a space; what stands between may be anything in FTP, and has the
        // number and a hyphen elsewhere. Source: RFC 959, section 4.2; RFC 5321, section 4.2.1.
        private static bool IsWholeReply(string text)
        {
            if (!text.EndsWith('\n'))
                return false;
            string[] lines = text.TrimEnd('\r', '\n').Split('\n');
            return lines[0] is not [_, _, _, '-', ..]
                || (lines.Length > 1 && lines[^1].TrimEnd('\r') is [_, _, _] or [_, _, _, ' ', ..] && lines[^1].StartsWith(lines[0][..3], StringComparison.Ordinal));
        }

        // "120 Service ready in nnn minutes", and then the greeting. Source: RFC 959, section 5.4.
        private static string WithoutDelay(string text) =>
            text.StartsWith("120 ", StringComparison.Ordinal) ? text[(text.IndexOf('\n', StringComparison.Ordinal) is >= 0 and var end ? end + 1 : text.Length)..] : text;

        private Task<string?> WishAsync(string words, Func<string, bool> isWhole, CancellationToken cancellationToken) =>
            WishAsync(Encoding.ASCII.GetBytes(words), isWhole, cancellationToken);

        private Task<string?> WishAsync(byte[] octets, Func<string, bool> isWhole, CancellationToken cancellationToken)
        {
            _step = StartTlsStep.Wish;
            return TellAsync(octets, isWhole, cancellationToken);
        }

        private Task<string?> TellAsync(string words, Func<string, bool> isWhole, CancellationToken cancellationToken) =>
            TellAsync(Encoding.ASCII.GetBytes(words), isWhole, cancellationToken);

        private async Task<string?> TellAsync(byte[] octets, Func<string, bool> isWhole, CancellationToken cancellationToken)
        {
            StreamResult sent = await stream.WriteAsync(octets, patience, cancellationToken);
            return sent.Outcome is StreamOutcome.Moved ? await ReadAsync(isWhole, cancellationToken) : End();
        }

        /// <returns>Why there is no answer; null if there is one.</returns>
        private async Task<string?> ReadAsync(Func<string, bool> isWhole, CancellationToken cancellationToken)
        {
            byte[] buffer = new byte[4096];
            _said = [];
            while (true)
            {
                TimeSpan left = Patience - Stopwatch.GetElapsedTime(_greeted);
                if (left <= TimeSpan.Zero)
                    return FallSilent();
                StreamResult result = await stream.ReadAsync(buffer, left, cancellationToken);
                switch (result.Outcome)
                {
                    case StreamOutcome.Silent:
                        return FallSilent();
                    case not StreamOutcome.Moved:
                        return End();
                }

                _said = [.. _said, .. buffer.AsSpan(0, result.Count)];
                if (isWhole(Text))
                    return null;
                if (_said.Length > Longest)
                    return "its answer has no end";
            }
        }
    }
}
