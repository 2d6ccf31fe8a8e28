using System.CommandLine;
using System.CommandLine.Completions;
using NetWhy.App.Render;
using NetWhy.Collect;
using NetWhy.Diagnose;
using NetWhy.Evidence;
using NetWhy.Paths;
using NetWhy.Wire.Dns;

namespace NetWhy.App.Commands;

/// <summary><c>netwhy tls TARGET</c>: what a TLS server takes, who it says it is, whether that is believed, and what is wrong.</summary>
internal sealed class TlsCommand : Command, IExplained
{
    private readonly Argument<string> _target = new("TARGET") { Description = "HOST, HOST:PORT, an address, https:// or tls://HOST:PORT; the port is 443 if none is named." };

    private readonly Option<string?> _serverName = new("--servername")
    {
        Description = "Ask for this name (SNI), and judge the certificate by it, in place of HOST.",
        HelpName = "NAME",
    };

    private readonly Option<string?> _startTls = new("--starttls")
    {
        Description = $"Begin in the clear, and go on with TLS as PROTOCOL does: {string.Join(", ", StartTls.Protocols)}.",
        HelpName = "PROTOCOL",
        CompletionSources = { _ => StartTls.Protocols.Select(protocol => new CompletionItem(protocol)) },
    };

    private readonly Option<bool> _fetch = new("--fetch")
    {
        Description = "Fetch what the certificates name: issuers that are not sent, OCSP responses, revocation lists. It tells their issuers whom you look at, and the certificates say where the requests go.",
        Arity = ArgumentArity.Zero,
    };

    private readonly Option<string?> _authorities = CommonOptions.Authorities();
    private readonly NamespaceOptions _place = new();
    private readonly Option<bool> _json = CommonOptions.Json();
    private readonly Option<string?> _save = CommonOptions.Save();
    private readonly Option<bool> _verbose = CommonOptions.Verbose();
    private readonly Option<bool> _noColour = CommonOptions.NoColour();

    /// <summary>Makes the command.</summary>
    public TlsCommand()
        : base("tls", "Find out what a TLS server takes, who it says it is, whether clients believe that, and why not.")
    {
        Add(_target);
        foreach (Option option in new Option[] { _serverName, _startTls, _authorities, _fetch })
            Add(option);
        _place.AddTo(this);
        foreach (Option option in new Option[] { _json, _save, _verbose, _noColour })
            Add(option);
        SetAction(RunAsync);
    }

    /// <inheritdoc/>
    public IReadOnlyList<(string Left, string Right)> Examples =>
    [
        ("netwhy tls www.example.com", "versions, suites, groups, the chain, the fault"),
        ("netwhy tls 192.0.2.10:8443 --servername api.example.com", "one of several servers behind a name"),
        ("netwhy tls mail.example.com --starttls smtp", "a service that begins in the clear"),
        ("netwhy tls ldap.example.com:636 --cacert ca.pem", "with an authority of one's own"),
        ("netwhy tls www.example.com --fetch", "revocation too, asked of the issuers"),
        ("netwhy tls www.example.com --json | jq .tls", "the same for a program"),
    ];

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        string text = parsed.GetRequiredValue(_target);
        Target target = Read(text, parsed.GetValue(_serverName), parsed.GetValue(_startTls));
        _place.GoThere(parsed);
        var options = new InvestigationOptions
        {
            Namespace = _place.Inside(parsed),
            CertificateAuthorityFile = CommonOptions.ReadableAuthorities(parsed.GetValue(_authorities)),
            Fetches = parsed.GetValue(_fetch),
            Limit = TimeSpan.FromSeconds(parsed.GetValue(_fetch) ? 30 : 24),
        };
        CollectedEvidence collected = await EvidenceCollection.RunAsync(
            target, options, parsed.GetValue(_save), showsProgress: true, cancellationToken).ConfigureAwait(false);
        Diagnosis diagnosis = Diagnosis.Of(collected.Evidence, RuleCatalog.All);
        return Report.Write(
            diagnosis, parsed.GetValue(_json), parsed.GetValue(_verbose), parsed.GetValue(_noColour), collected.Elapsed, collected.Error, errorCode: collected.ErrorCode);
    }

    /// <summary>Reads a target as a TLS server.</summary>
    /// <param name="text">As typed.</param>
    /// <param name="serverName">Value of <c>--servername</c>; null for none.</param>
    /// <param name="startTls">Value of <c>--starttls</c>; null for none.</param>
    /// <exception cref="CommandException">It is none.</exception>
    private static Target Read(string text, string? serverName, string? startTls)
    {
        if (!TargetParser.TryParse(text, out Target? target, out string? error))
            throw new CommandException(ExitCode.WrongUsage, error);
        if (target.Kind is TargetKind.Process or TargetKind.ThisMachine || target.Scheme is "udp" or "http")
            throw new CommandException(ExitCode.WrongUsage, $"'{text}' names no TLS server: netwhy tls HOST[:PORT]");
        string? name = serverName is null ? null : InternationalName.ToAscii(serverName) ?? serverName;
        if (name is not null && !DnsName.IsValid(name.EndsWith('.') ? name : $"{name}."))
            throw new CommandException(ExitCode.WrongUsage, $"--servername: '{serverName}' is no name that a certificate can be for");
        if (startTls is not null && !StartTls.Protocols.Contains(startTls))
            throw new CommandException(ExitCode.WrongUsage, $"--starttls: '{startTls}' is none of {string.Join(", ", StartTls.Protocols)}");
        int port = target.Port ?? (startTls is null ? 443 : StartTls.PortOf(startTls));
        return target with
        {
            Kind = TargetKind.Tls,
            Scheme = startTls is null && (target.Scheme is "https" || (target.Scheme is null && port is 443)) ? "https" : "tls",
            Host = target.Host ?? "localhost",
            Port = port,
            StartTls = startTls,
            ServerName = name?.TrimEnd('.'),
        };
    }
}
