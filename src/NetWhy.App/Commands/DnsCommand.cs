using System.CommandLine;
using System.Net;
using NetWhy.App.Render;
using NetWhy.Collect;
using NetWhy.Diagnose;
using NetWhy.Evidence;
using NetWhy.Names;
using NetWhy.Wire.Dns;

namespace NetWhy.App.Commands;

/// <summary><c>netwhy dns NAME</c>: what an application gets for a name, who says what about it, and what is wrong.</summary>
internal sealed class DnsCommand : Command, IExplained
{
    private const int MostServers = 8; // each is asked some twenty questions

    private readonly Argument<string> _name = new("NAME") { Description = "The name, or an address whose name is wanted." };

    private readonly Option<string[]> _servers = new("--server", "-s")
    {
        Description = "Ask this name server in place of the configured ones; may be repeated.",
        HelpName = "ADDR",
        Arity = ArgumentArity.OneOrMore,
    };

    private readonly Option<string?> _type = new("--type", "-t") { Description = "Look up records of this type in place of addresses.", HelpName = "TYPE" };

    private readonly Option<string[]> _expected = new("--expect")
    {
        Description = "An address that the name should have; may be repeated.",
        HelpName = "ADDR",
        Arity = ArgumentArity.OneOrMore,
    };

    private readonly NamespaceOptions _place = new();
    private readonly Option<bool> _json = CommonOptions.Json();
    private readonly Option<string?> _save = CommonOptions.Save();
    private readonly Option<bool> _verbose = CommonOptions.Verbose();
    private readonly Option<bool> _noColour = CommonOptions.NoColour();

    /// <summary>Makes the command.</summary>
    public DnsCommand()
        : base("dns", "Find out what a name resolves to here, what every server says of it, and why it does not.")
    {
        Add(_name);
        foreach (Option option in new Option[] { _servers, _type, _expected })
            Add(option);
        _place.AddTo(this);
        foreach (Option option in new Option[] { _json, _save, _verbose, _noColour })
            Add(option);
        Add(new DnsBenchCommand());
        SetAction(RunAsync);
    }

    /// <inheritdoc/>
    public IReadOnlyList<(string Left, string Right)> Examples =>
    [
        ("netwhy dns www.example.com", "what applications get, each server's answer, the fault"),
        ("netwhy dns www.example.com --expect 192.0.2.10", "is it the right address?"),
        ("netwhy dns example.com --type MX --server 192.0.2.53", "other records, another server"),
        ("netwhy dns bench", "how fast are the name servers?"),
    ];

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        (string host, DnsRecordType? type) = ReadName(parsed.GetRequiredValue(_name));
        if (parsed.GetValue(_type) is { } text)
            type = ReadType(text);
        var options = new InvestigationOptions
        {
            Expected = [.. (parsed.GetValue(_expected) ?? []).Select(address => ReadAddress("--expect", address))],
            NameServers = ReadServers(parsed.GetValue(_servers)),
            RecordType = type is DnsRecordType.A or DnsRecordType.AAAA ? null : type,
        };
        if (options is { Expected.Count: > 0, RecordType: not null })
            throw new CommandException(ExitCode.WrongUsage, $"--expect names addresses, and {type!.Value.Mnemonic} records have none");

        _place.GoThere(parsed);
        options = options with { Namespace = _place.Inside(parsed) };
        CollectedEvidence collected = await EvidenceCollection.RunAsync(
            new Target(parsed.GetRequiredValue(_name), TargetKind.Name) { Host = host }, options, parsed.GetValue(_save), showsProgress: true, cancellationToken).ConfigureAwait(false);
        Diagnosis diagnosis = Diagnosis.Of(collected.Evidence, RuleCatalog.All);
        return Report.Write(
            diagnosis, parsed.GetValue(_json), parsed.GetValue(_verbose), parsed.GetValue(_noColour), collected.Elapsed, collected.Error, errorCode: collected.ErrorCode);
    }

    /// <summary>Reads the values of <c>--server</c>.</summary>
    /// <param name="texts">What was given; null for nothing.</param>
    /// <returns>The addresses; none if none was given.</returns>
    /// <exception cref="CommandException">One is no address, or there are too many.</exception>
    internal static IPAddress[] ReadServers(string[]? texts)
    {
        IPAddress[] servers = [.. (texts ?? []).Select(text => ReadAddress("--server", text)).Distinct()];
        return servers.Length <= MostServers
            ? servers
            : throw new CommandException(ExitCode.WrongUsage, $"--server: {servers.Length} servers are too many: at most {MostServers} are asked at once");
    }

    private static IPAddress ReadAddress(string option, string text) =>
        TargetParser.TryParse(text, out Target? target, out string? error) && target is { Literal: { } address, Port: null }
            ? address
            : throw new CommandException(ExitCode.WrongUsage, $"{option}: {error ?? $"'{text}' is no address"}");

    private static (string Host, DnsRecordType? Type) ReadName(string text)
    {
        if (IPAddress.TryParse(text, out IPAddress? address) && (text.Contains(':', StringComparison.Ordinal) || text.Count(letter => letter is '.') == 3))
            return (ReverseName.Of(address, address.GetAddressBytes().Length == 4 ? "in-addr.arpa." : "ip6.arpa."), DnsRecordType.PTR);
        string? host = text.AsSpan().ContainsAny("/:@ \t") ? null : InternationalName.ToAscii(text) ?? text;
        return host is { Length: > 0 } && DnsName.IsValid(host.EndsWith('.') ? host : $"{host}.")
            ? (text, null)
            : throw new CommandException(
                ExitCode.WrongUsage,
                text.Contains("://", StringComparison.Ordinal) || text.Contains(':', StringComparison.Ordinal)
                    ? $"'{text}' is more than a name: netwhy dns NAME, or netwhy {text} for the service behind it"
                    : $"'{text}' is no name that DNS can hold: labels have 1 to 63 octets, a name 253 at most");
    }

    private static DnsRecordType ReadType(string text) =>
        DnsMnemonics.TryParseType(text, out DnsRecordType type)
            ? type is DnsRecordType.AXFR or DnsRecordType.IXFR or DnsRecordType.OPT or DnsRecordType.TSIG
                ? throw new CommandException(ExitCode.WrongUsage, $"--type: {type.Mnemonic} is no type of records that a name has (for a transfer: netwhy dig NAME AXFR)")
                : type
            : throw new CommandException(ExitCode.WrongUsage, $"--type: '{text}' is no record type, such as MX, TXT, CAA or TYPE65");
}
