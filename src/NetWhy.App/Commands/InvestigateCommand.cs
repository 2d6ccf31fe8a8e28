using System.CommandLine;
using System.Globalization;
using System.Net;
using NetWhy.App.Render;
using NetWhy.Collect;
using NetWhy.Diagnose;

namespace NetWhy.App.Commands;

/// <summary><c>netwhy [TARGET]</c>: collects evidence about a target and says what is wrong with it.</summary>
internal sealed class InvestigateCommand : RootCommand, IExplained
{
    private const double LongestTimeout = 300; // seconds

    private readonly Argument<string?> _target = new("TARGET")
    {
        Description = "HOST, HOST:PORT, http(s)://, tcp://, udp://, tls:// or dns://HOST:PORT, an address,\n"
            + ":PORT (a service on this machine), pid:N, or nothing: this machine itself.",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private readonly Option<bool> _json = CommonOptions.Json();
    private readonly Option<string?> _save = CommonOptions.Save();

    private readonly Option<bool> _verbose = CommonOptions.Verbose();
    private readonly NamespaceOptions _place = new();
    private readonly Option<string?> _authorities = CommonOptions.Authorities();

    private readonly Option<string[]> _expected = new("--expect")
    {
        Description = "An address that the name should have; may be repeated.",
        HelpName = "ADDR",
        Arity = ArgumentArity.OneOrMore,
    };

    private readonly Option<string[]> _resolved = new("--resolve")
    {
        Description = "Use this address for the name; may be repeated.",
        HelpName = "[HOST:]ADDR",
        Arity = ArgumentArity.OneOrMore,
    };

    private readonly Option<string?> _timeout = new("--timeout")
    {
        Description = "Longest time for everything (default 14).",
        HelpName = "SECONDS",
    };

    private readonly Option<bool> _noColour = CommonOptions.NoColour();
    private readonly Option<bool> _version = new("--version") { Description = "Show the version.", Arity = ArgumentArity.Zero };

    /// <summary>Makes the command.</summary>
    public InvestigateCommand()
        : base("Finds out why a network target does not work: which layer, which cause, on what evidence, and how to fix it.")
    {
        Add(_target);
        foreach (Option option in new Option[] { _json, _save, _verbose })
            Add(option);
        _place.AddTo(this);
        foreach (Option option in new Option[] { _authorities, _expected, _resolved, _timeout, _noColour, _version })
            Add(option);
        SetAction(RunAsync);
    }

    /// <inheritdoc/>
    public IReadOnlyList<(string Left, string Right)> Examples =>
    [
        ("netwhy https://api.example.com/health", "why does this URL fail, or how good is it?"),
        ("netwhy db1:5432 --save db1.netwhy.jsonl", "a TCP service; keep the evidence"),
        ("netwhy :8080", "a service on this machine, and who can reach it"),
        ("netwhy :8080 --net blue", "one in another network namespace"),
        ("netwhy pid:4711", "the sockets and limits of a process"),
        ("netwhy", "this machine: interfaces, gateway, resolvers"),
        ("netwhy web1 --json | jq .findings[0].cause", "the verdict for a script"),
    ];

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        if (parsed.GetValue(_version))
            return ProductVersion.Show(parsed.GetValue(_json));

        Target target = ReadTarget(parsed.GetValue(_target));
        _place.GoThere(parsed);
        if (target.Pid is { } pid)
            _place.GoTo(parsed, pid); // the sockets, routes and rules of a process in a container are those of its namespace
        var options = new InvestigationOptions
        {
            Namespace = _place.Inside(parsed),
            CertificateAuthorityFile = CommonOptions.ReadableAuthorities(parsed.GetValue(_authorities)),
            Expected = [.. (parsed.GetValue(_expected) ?? []).Select(text => ReadAddress("--expect", text))],
            Resolved = [.. (parsed.GetValue(_resolved) ?? []).Select(text => ReadResolution(text, target))],
        };
        if (parsed.GetValue(_timeout) is { } timeout)
            options = options with { Limit = ReadTimeout(timeout) };

        target = await ProcessPeer.OfAsync(target, TimeProvider.System, cancellationToken).ConfigureAwait(false);
        CollectedEvidence collected = await EvidenceCollection.RunAsync(
            target, options, parsed.GetValue(_save), showsProgress: true, cancellationToken).ConfigureAwait(false);
        Diagnosis diagnosis = Diagnosis.Of(collected.Evidence, RuleCatalog.All);
        return Report.Write(
            diagnosis, parsed.GetValue(_json), parsed.GetValue(_verbose), parsed.GetValue(_noColour), collected.Elapsed, collected.Error);
    }

    private static Target ReadTarget(string? text)
    {
        if (!TargetParser.TryParse(text, out Target? target, out string? error))
            throw new CommandException(ExitCode.WrongUsage, error);
        if (target.Pid is { } pid && !Directory.Exists(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}")))
            throw new CommandException(ExitCode.CouldNotWork, $"there is no process {pid}");
        return target;
    }

    private static IPAddress ReadAddress(string option, string text) =>
        TargetParser.TryParse(text, out Target? target, out string? error) && target is { Literal: { } address, Port: null }
            ? address
            : throw new CommandException(
                ExitCode.WrongUsage, $"{option}: {(error is null ? $"'{text}' is no address" : error)}");

    private static IPAddress ReadResolution(string text, Target target)
    {
        if (target is { Host: null } or { Literal: not null })
            throw new CommandException(ExitCode.WrongUsage, "--resolve: the target has no name to resolve");
        if (TargetParser.TryParse(text, out Target? whole, out _) && whole is { Literal: not null, Port: null })
            return whole.Literal;
        int colon = text.IndexOf(':', StringComparison.Ordinal);
        if (colon <= 0)
            throw new CommandException(ExitCode.WrongUsage, $"--resolve: '{text}' is neither ADDR nor HOST:ADDR");
        return string.Equals(text[..colon], target.Host, StringComparison.OrdinalIgnoreCase)
            ? ReadAddress("--resolve", text[(colon + 1)..])
            : throw new CommandException(
                ExitCode.WrongUsage, $"--resolve: it is about {text[..colon]}, the target is {target.Host}");
    }

    private static TimeSpan ReadTimeout(string text) =>
        double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double seconds)
        && seconds is >= 1 and <= LongestTimeout
            ? TimeSpan.FromSeconds(seconds)
            : throw new CommandException(
                ExitCode.WrongUsage, $"--timeout: '{text}' is no number of seconds from 1 to {LongestTimeout}");
}
