using System.Buffers;
using System.Globalization;
using NetWhy.Names;
using NetWhy.Wire.Dns;

namespace NetWhy.Tools.Dig;

/// <summary>Takes the messages that answer a query: checks them, prints them, and says what follows.</summary>
/// <param name="run">Takes lookups that follow.</param>
/// <param name="settings">What holds for all.</param>
/// <param name="console">Where to print.</param>
/// <param name="exchange">The exchange.</param>
/// <param name="key">Signed the query; null for none.</param>
internal sealed class DigAnswer(DigRun run, DigSettings settings, DigConsole console, DigExchange exchange, TransactionKey? key)
{
    private readonly DigLookup _lookup = exchange.Lookup;
    private readonly TransactionVerifier? _verifier = key is not null && exchange.Query.Code is { } code ? key.Verify(code) : null;
    private readonly DigText _text = new(settings, console);
    private readonly DigTransfer _transfer = new(exchange);
    private bool _hasWarnedOfId;

    /// <summary>Takes a message.</summary>
    /// <param name="octets">The message.</param>
    internal DigStep Take(byte[] octets)
    {
        if (CheckHeader(octets) is { } rejected)
            return rejected;
        DigMessage message = DigMessage.Read(octets, _lookup.IsBestEffort);
        if (message.State is DigMessageState.Broken)
        {
            if (!settings.IsYaml)
            {
                console.Print($";; Got bad packet: {message.Problem}\n");
                DigDump.Print(octets, console);
            }

            return DigStep.Done;
        }

        if (message.State is DigMessageState.Malformed)
            console.Warn("Warning: Message parser reports malformed message packet.");
        if (message.Header.Opcode != _lookup.Opcode)
        {
            console.Warn($"Warning: Opcode mismatch: expected {DigPlusReader.NameOfOpcode(_lookup.Opcode)}, got {DigPlusReader.NameOfOpcode(message.Header.Opcode)}");
            return DigStep.GoOn;
        }

        if (!HasSameQuestion(message))
            return _lookup.UsesTcp ? DigStep.Done : DigStep.GoOn;
        return AskAgain(message) ?? TryOthers(message) ?? Print(message);
    }

    private DigStep? CheckHeader(byte[] octets)
    {
        bool hasHeader = DnsMessage.Read(octets, out DnsMessage view) is OperationStatus.Done;
        ushort expected = exchange.Query.Id;
        bool isMatch = hasHeader && view.Header.Id == expected;
        string ids = hasHeader ? string.Create(CultureInfo.InvariantCulture, $"expected ID {expected}, got {(ushort)view.Header.Id}") : "";
        if (!isMatch && _lookup.UsesTcp)
        {
            bool isWithin = hasHeader && _transfer.HasBegun;
            if (!hasHeader)
                console.Warn("ERROR: short (< header size) message");
            else if (!isWithin || !_hasWarnedOfId)
                console.Warn($"{(isWithin ? "WARNING" : "ERROR")}: ID mismatch: {ids}");
            _hasWarnedOfId = true;
            if (!isWithin)
                return DigStep.Done;
            isMatch = true;
        }
        else if (!isMatch)
        {
            console.Warn(hasHeader ? $"Warning: ID mismatch: {ids}" : "Warning: short (< header size) message received");
        }

        if (hasHeader && !view.Header.IsResponse)
            console.Warn("Warning: query response not set");
        return isMatch ? null : DigStep.GoOn;
    }

    private bool HasSameQuestion(DigMessage message)
    {
        int offset = 0;
        _ = DnsName.Read(exchange.Query.Name, ref offset, out DnsName asked);
        DnsQuestionReader questions = message.View.ReadQuestions();
        for (int i = 0; i < message.Questions; i++)
        {
            _ = questions.Read();
            DnsQuestion question = questions.Current;
            bool isSame = question.Type == exchange.Query.Type && question.Class == _lookup.Class && question.Name.Equals(asked);
            if (isSame && settings.MixesCase && !HasSameCase(question.Name, exchange.Query.Name))
            {
                console.Explain($"rejected an answer from {exchange.Where} whose question has other capital letters than ours: forged, or of a server that does not keep them");
                return false;
            }

            if (isSame)
                continue;
            console.Warn($";; Question section mismatch: got {NameWithoutDot(question.Name)}/{question.Type.Mnemonic}/{question.Class.Mnemonic}");
            return false;
        }

        return true;
    }

    private static bool HasSameCase(DnsName name, byte[] asked)
    {
        Span<byte> wire = stackalloc byte[DnsName.MaxLength];
        return name.CopyTo(wire, out int length) is OperationStatus.Done && wire[..length].SequenceEqual(asked);
    }

    /// <summary>A name as messages of dig have it.</summary>
    /// <param name="name">The name.</param>
    internal static string NameWithoutDot(DnsName name) => name.IsRoot ? "." : name.ToString()[..^1];

    // What the server wants asked otherwise: an older EDNS, TCP, or a cookie of its own.
    private DigStep? AskAgain(DigMessage message)
    {
        DnsHeader header = message.Header;
        if (message.ResponseCode is DnsResponseCode.BadVersion && message.TryReadEdns(out DnsEdns edns) && edns.Version < _lookup.EdnsVersion && _lookup.NegotiatesEdns)
        {
            Comment(string.Create(CultureInfo.InvariantCulture, $"BADVERS, retrying with EDNS version {edns.Version}."));
            _lookup.EdnsVersion = edns.Version;
            RestoreType(run.Requeue(_lookup));
            return DigStep.Done;
        }

        if ((header.Flags & DnsFlags.Truncated) != 0 && !_lookup.IgnoresTruncation && !_lookup.UsesTcp)
        {
            if (_lookup.Cookie is null && _lookup.SendsCookie && message.EdnsIndex >= 0)
                TakeCookie(message);
            Comment("Truncated, retrying in TCP mode.");
            DigLookup again = run.Requeue(_lookup);
            again.UsesTcp = true;
            RestoreType(again);
            return DigStep.Done;
        }

        if (message.ResponseCode is not DnsResponseCode.BadCookie || _lookup.UsesTcp || !_lookup.SendsCookie || !_lookup.RetriesBadCookie)
            return null;
        TakeCookie(message);
        if (message.IsCookieRight is not true)
            return null;
        if (_lookup.ShowsBadCookie)
        {
            _text.Print(exchange, message, isQuery: false);
            _text.PrintReceived(exchange, message.Octets.Length);
        }

        Comment($"BADCOOKIE, retrying{(_lookup.HasSeenBadCookie ? " in TCP mode" : "")}.");
        DigLookup next = run.Requeue(_lookup);
        next.UsesTcp |= _lookup.HasSeenBadCookie;
        next.HasSeenBadCookie = true;
        RestoreType(next);
        return DigStep.Done;
    }

    private void RestoreType(DigLookup again)
    {
        if (_lookup is { IsTrace: true, IsFirstOfTrace: true })
            again.Type = _lookup.TracedType;
    }

    private DigStep? TryOthers(DigMessage message)
    {
        if (message.ResponseCode is not DnsResponseCode.ServerFailure || _lookup.StopsAtFailure)
            return null;
        bool isLast = _lookup.Servers.FindIndex(server => ReferenceEquals(server, exchange.Server)) + 1 >= _lookup.Servers.Count;
        bool goesOn = !isLast && (!_lookup.IsAuthoritySearch || _lookup.IsFirstOfTrace);
        Comment($"Got SERVFAIL reply from {exchange.Server.Text}{(goesOn ? ", trying next server" : "")}");
        return goesOn ? DigStep.NextServer : null;
    }

    private DigStep Print(DigMessage message)
    {
        if (_verifier is not null)
            Verify(message);
        if (message.EdnsIndex < 0 && _lookup.Cookie is not null)
            console.Warn("expected opt record in response");
        else if (message.EdnsIndex >= 0 && (_lookup.SendsCookie || _lookup.Cookie is not null) && message.IsCookieRight is null)
            TakeCookie(message);

        bool hasFollowers = true, isLast = true, isFirst = _lookup.IsFirstOfTrace;
        int length = message.Octets.Length;
        if (message.ResponseCode is DnsResponseCode.NameNotFound && (_lookup.Origin >= 0 || _lookup.NeedsSearch))
        {
            isLast = !run.TryNextOrigin(_lookup);
            if (isLast || settings.ShowsSearch)
            {
                _text.Print(exchange, message, isQuery: false);
                _text.PrintReceived(exchange, length);
            }
        }
        else
        {
            if (!_lookup.IsAuthoritySearch || !_lookup.IsFirstOfTrace)
                _text.Print(exchange, message, isQuery: false);
            if (_lookup.IsTrace || (_lookup.IsAuthoritySearch && _lookup.IsFirstOfTrace))
                hasFollowers = new DigTrace(run, settings, console).Follow(exchange, message);
        }

        if (_lookup.IsTransfer)
        {
            if (!hasFollowers)
                return DigStep.Done;
            DigTransferState state = _transfer.Take(message);
            if (state is DigTransferState.GoesOn)
                return DigStep.GoOn;
            if (state is DigTransferState.Ended)
                _text.PrintReceived(exchange, length);
            else
                console.Print(state is DigTransferState.Empty ? "; Transfer failed.\n" : "; Transfer failed.  Didn't start with SOA answer.\n");
            return DigStep.Done;
        }

        if (message.ResponseCode is DnsResponseCode.NoError || _lookup.Origin < 0)
            _text.PrintReceived(exchange, length);
        if (isLast && !isFirst && !_lookup.IsAuthoritySearch)
            run.Validation?.Take(exchange, message);
        return DigStep.Done;
    }

    private void Verify(DigMessage message)
    {
        string? problem = _verifier!.Take(message.Octets, TimeProvider.System.GetUtcNow().ToUnixTimeSeconds()) switch
        {
            TransactionVerdict.Verified or TransactionVerdict.Unsigned => null,
            TransactionVerdict.Missing => "expected a TSIG or SIG(0)",
            TransactionVerdict.ErrorSet => "tsig indicates error",
            TransactionVerdict.ClockSkew => "clocks are unsynchronized",
            _ => "tsig verify failure",
        };
        if (problem is null)
            return;
        console.Warn($"Couldn't verify signature: {problem}");
        exchange.HasUnverified = true;
    }

    private void TakeCookie(DigMessage message)
    {
        const int ClientSize = 8; // octets
        if (!message.TryReadEdns(out DnsEdns edns))
            return;
        int offset = 0;
        while (edns.ReadOption(ref offset, out DnsOptionCode code, out ReadOnlySpan<byte> value) is OperationStatus.Done)
        {
            if (code is not DnsOptionCode.Cookie)
                continue;
            ReadOnlySpan<byte> sent = DigQuery.CookieOf(_lookup);
            bool isLong = sent.Length >= ClientSize && value.Length >= ClientSize;
            message.IsCookieRight = isLong && sent[..ClientSize].SequenceEqual(value[..ClientSize]);
            if (!isLong)
                console.Warn("Warning: COOKIE bad token (too short)");
            else if (message.IsCookieRight is false)
                console.Warn("Warning: Client COOKIE mismatch");
            if (message.IsCookieRight is true)
                _lookup.Cookie = Convert.ToHexString(value);
            return;
        }
    }

    private void Comment(string text)
    {
        if (_lookup.ShowsComments && !settings.IsYaml)
            console.Print($";; {text}\n");
    }
}
