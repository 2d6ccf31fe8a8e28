using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using NetWhy.Evidence;
using NetWhy.Names;
using NetWhy.Wire.Dns;

namespace NetWhy.Tools.Dig;

/// <summary>Follows signatures to what was asked for, and prints the chain (<c>--validate</c>): delv's place.</summary>
/// <param name="settings">What holds for all.</param>
/// <param name="console">Where to print.</param>
/// <param name="wait">Tells when the user interrupts.</param>
internal sealed class DigValidation(DigSettings settings, DigConsole console, DigWait wait)
{
    private const int Indeterminate = 11, Bogus = 12; // exit codes, above those of dig
    private const int Seconds = 5; // for each answer, as dig waits

    private readonly HashSet<string> _shown = new(StringComparer.Ordinal);
    private AskedOnce? _traced;

    /// <summary>Begins a trace: from then on, the authorities themselves are asked.</summary>
    /// <param name="roots">The servers that it begins at.</param>
    /// <param name="port">Their port.</param>
    internal void BeginTrace(IReadOnlyList<DigServer> roots, int port)
    {
        DnsServer[] servers = [.. roots.Select(root => new DnsServer(root.Address, port) { Source = settings.Source })];
        _shown.Clear();
        _traced = new AskedOnce(new IteratingSource(DnsNetwork.Instance, servers, Patience) { Port = port, UsesIPv6 = settings.HasIPv6 });
    }

    /// <summary>Validates what a message answers: for a referral in a trace the keys of the zone that it leads to.</summary>
    /// <param name="exchange">How it came.</param>
    /// <param name="message">The message.</param>
    internal void Take(DigExchange exchange, DigMessage message)
    {
        if (exchange.Lookup.Class is not DnsClass.Internet)
        {
            Say($"{exchange.Lookup.Class.Mnemonic} has no trust anchor: only class IN is validated");
            return;
        }

        _ = DomainName.TryRead(exchange.Query.Name, out DomainName name);
        DnsRecordType type = exchange.Query.Type;
        if (exchange.Lookup.IsTrace)
        {
            if (_traced is null)
                return;
            if (message.Header.Answers == 0 && Referral.Read(message.Octets, DomainName.Root, name) is { } referral)
                (name, type) = (referral.Zone, DnsRecordType.DNSKEY);
            Validate(_traced, name, type);
        }
        else
        {
            Validate(new ForwardingSource(DnsNetwork.Instance, [ServerOf(exchange)], Patience), name, type);
        }
    }

    private TimeSpan Patience => TimeSpan.FromSeconds(settings.Timeout > 0 ? settings.Timeout : Seconds);

    private DnsServer ServerOf(DigExchange exchange)
    {
        DigLookup lookup = exchange.Lookup;
        DnsTransport transport = !lookup.UsesTcp ? DnsTransport.Udp : lookup.IsTls ? DnsTransport.Tls : DnsTransport.Tcp;
        return new DnsServer(exchange.Server.Address, exchange.Port, transport)
        {
            Source = settings.Source ?? (exchange.Server.Address.AddressFamily is AddressFamily.InterNetworkV6 ? IPAddress.IPv6Any : IPAddress.Any),
            TlsName = lookup.TlsName,
        };
    }

    private void Validate(IRecordSource source, DomainName name, DnsRecordType type)
    {
        console.Flush();
        long begin = Stopwatch.GetTimestamp();
        Validation validation = new Validator(source, settings.Anchors!, TimeProvider.System)
            .ValidateAsync(name, type, wait.Cancellation).GetAwaiter().GetResult();
        TimeSpan elapsed = Stopwatch.GetElapsedTime(begin);
        wait.Cancellation.ThrowIfCancellationRequested();
        if (validation.Status is ValidationStatus.Bogus or ValidationStatus.Indeterminate)
            settings.Fail(validation.Status is ValidationStatus.Bogus ? Bogus : Indeterminate);
        if (console.Json is { } json)
            json.Add(validation, elapsed);
        else
            Print(validation, elapsed);
    }

    private void Print(Validation validation, TimeSpan elapsed)
    {
        string what = $"{validation.Name} {validation.Type.Mnemonic}{(validation.IsNegative ? ", which does not exist" : "")}";
        string status = validation.Status.ToString().ToLowerInvariant();
        Say($"{what}: {status}{(validation.Problem is { } problem ? $": {problem}" : "")}");
        if (settings.IsShort)
            return;
        foreach (ValidationLink link in validation.Chain)
        {
            string line = link.ToString();
            if (_traced is null || _shown.Add(line)) // of a trace, what is new
                console.Print($";;   {(link.Status is ValidationStatus.Secure ? "+" : link.Status is ValidationStatus.Insecure ? "-" : "!")} {line}\n");
        }

        if (validation.Problem is { } end && end.Status is not ValidationStatus.Insecure)
        {
            string code = string.Create(CultureInfo.InvariantCulture, $"EDE {(int)end.ExtendedError} ({end.ExtendedError.Mnemonic})");
            console.Print($";;   {code}{(end.Zone is { } zone ? $", zone {zone}" : "")}{(end.Server.Length > 0 ? $", answered by {end.Server}" : "")}\n");
        }

        // Nothing was signed from the beginning on: more likely of the server that was asked than of everybody else.
        if (_traced is null && validation.Chain.All(link => link.Status is ValidationStatus.Bogus)
            && validation.Problem is { Reason: ValidationReason.NoKeys or ValidationReason.KeysNotSigned or ValidationReason.SignatureMissing })
        {
            console.Print(";;   the server that was asked seems to pass no signatures on: ask another, or the authorities themselves by +trace\n");
        }

        console.Print(string.Create(CultureInfo.InvariantCulture, $";;   {validation.Questions} questions in {elapsed.TotalMilliseconds:0} msec\n\n"));
    }

    // Where only data is printed, what is no data goes to standard error.
    private void Say(string text)
    {
        if (settings.IsShort)
            console.Note($"VALIDATION: {text}");
        else
            console.Print($";; VALIDATION: {text}\n");
    }

    /// <summary>Asks each question once, as the steps of a trace need the same ones.</summary>
    private sealed class AskedOnce(IRecordSource source) : IRecordSource
    {
        private readonly Lock _lock = new();
        private readonly Dictionary<(DomainName, DnsRecordType), Task<FetchedMessage>> _answers = [];

        public Task<FetchedMessage> FetchAsync(DomainName name, DnsRecordType type, CancellationToken cancellationToken)
        {
            lock (_lock)
            {
                // What one step gave up, because it needed it no more, the next may need.
                if (!_answers.TryGetValue((name, type), out Task<FetchedMessage>? answer) || answer is { IsCompletedSuccessfully: true, Result.Failure: not null })
                    _answers[(name, type)] = answer = source.FetchAsync(name, type, cancellationToken);
                return answer;
            }
        }
    }
}
