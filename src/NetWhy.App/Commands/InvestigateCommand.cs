using System.CommandLine;
using System.CommandLine.Completions;
using System.Globalization;
using System.Net;
using NetWhy.App.Render;
using NetWhy.Collect;
using NetWhy.Diagnose;

namespace NetWhy.App.Commands;

/// <summary><c>netwhy [TARGET]</c>: collects evidence about a target and says what is wrong with it.</summary>
internal sealed class InvestigateCommand : RootCommand, IExplained
{
    private const double LongestTimeout = 900; // seconds
    private const double LongestRequest = 120; // seconds

    private static readonly TimeSpan UsualLimit = new InvestigationOptions().Limit;

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
        Description = "Longest time for everything (default 14; with --symptom as long as that takes).",
        HelpName = "SECONDS",
    };

    private readonly Option<string?> _symptom = new("--symptom")
    {
        Description = "Repeat requests over time to catch timeout, 5xx or slow: who fails, when, and with what.",
        HelpName = "SYMPTOM",
        CompletionSources = { _ => [.. SymptomOptions.All.Select(symptom => new CompletionItem(symptom))] },
    };

    private readonly Option<string?> _count = new("--count", "-n")
    {
        Description = "With --symptom: how many requests at most, spread over the time.",
        HelpName = "N",
    };

    private readonly Option<string?> _duration = new("--duration")
    {
        Description = "With --symptom: how long to repeat (default 10).",
        HelpName = "SECONDS",
    };

    private readonly Option<string?> _longest = new("--max-time", "-m")
    {
        Description = "With --symptom: time that one request may take (default 5; 10 for slow).",
        HelpName = "SECONDS",
    };

    private readonly Option<string?> _slowAfter = new("--slow-after")
    {
        Description = "With --symptom: from when on an answer is late (default 0.5 for slow, else 1).",
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
        foreach (Option option in new Option[] { _authorities, _expected, _resolved, _timeout, _symptom, _duration, _count, _longest, _slowAfter, _noColour, _version })
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
        ("netwhy https://shop.example.com/ --symptom 5xx", "it fails now and then: repeat, and find what fails together"),
        ("netwhy pid:4711", "the sockets and limits of a process"),
        ("netwhy", "this machine: interfaces, gateway, resolvers"),
        ("netwhy web1 --json | jq .findings[0].cause", "the verdict for a script"),
    ];

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        if (parsed.GetValue(_version))
            return ProductVersion.Show(parsed.GetValue(_json));

        Target target = ReadTarget(parsed.GetValue(_target));
        SymptomOptions? symptom = ReadSymptom(parsed, target);
        _place.GoThere(parsed);
        if (target.Pid is { } pid)
            _place.GoTo(parsed, pid); // the sockets, routes and rules of a process in a container are those of its namespace
        var options = new InvestigationOptions
        {
            Namespace = _place.Inside(parsed),
            CertificateAuthorityFile = CommonOptions.ReadableAuthorities(parsed.GetValue(_authorities)),
            Expected = [.. (parsed.GetValue(_expected) ?? []).Select(text => ReadAddress("--expect", text))],
            Resolved = [.. (parsed.GetValue(_resolved) ?? []).Select(text => ReadResolution(text, target))],
            Symptom = symptom,
        };
        if (symptom is not null && symptom.Needed > UsualLimit)
            options = options with { Limit = symptom.Needed };
        if (parsed.GetValue(_timeout) is { } timeout)
            options = options with { Limit = ReadSeconds("--timeout", timeout, 1, LongestTimeout) };

        target = await ProcessPeer.OfAsync(target, TimeProvider.System, cancellationToken).ConfigureAwait(false);
        CollectedEvidence collected = await EvidenceCollection.RunAsync(
            target, options, parsed.GetValue(_save), showsProgress: true, cancellationToken).ConfigureAwait(false);
        Diagnosis diagnosis = Diagnosis.Of(collected.Evidence, RuleCatalog.All);
        return Report.Write(
            diagnosis, parsed.GetValue(_json), parsed.GetValue(_verbose), parsed.GetValue(_noColour), collected.Elapsed, collected.Error,
            errorCode: collected.ErrorCode);
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

    private SymptomOptions? ReadSymptom(ParseResult parsed, Target target)
    {
        if (parsed.GetValue(_symptom) is not { } text)
        {
            return new Option<string?>[] { _duration, _count, _longest, _slowAfter }.FirstOrDefault(option => parsed.GetValue(option) is not null) is { } idle
                ? throw new CommandException(ExitCode.WrongUsage, $"{idle.Name} says how requests are repeated: give --symptom {string.Join(" or ", SymptomOptions.All)} with it")
                : null;
        }

        if (!SymptomOptions.All.Contains(text))
            throw new CommandException(ExitCode.WrongUsage, $"--symptom: '{text}' is none of {string.Join(", ", SymptomOptions.All)}");
        var symptom = new SymptomOptions(text);
        if (symptom.Refusal(target) is { } refusal)
            throw new CommandException(ExitCode.WrongUsage, $"--symptom: {refusal}");
        if (text is "slow")
            symptom = symptom with { Patience = SymptomOptions.PatienceWithSlowness };
        if (parsed.GetValue(_longest) is { } longest)
            symptom = symptom with { Patience = ReadSeconds(_longest.Name, longest, 0.1, LongestRequest) };
        if (parsed.GetValue(_slowAfter) is { } late)
        {
            symptom = symptom with { SlowAfter = ReadSeconds(_slowAfter.Name, late, 0.001, LongestRequest) };
            if (symptom.SlowAfter >= symptom.Patience)
                throw new CommandException(ExitCode.WrongUsage, string.Create(CultureInfo.InvariantCulture, $"{_slowAfter.Name}: a request may take {symptom.Patience.TotalSeconds} s ({_longest.Name}), and is over before it is late from {symptom.SlowAfter.Value.TotalSeconds} s on"));
        }

        if (parsed.GetValue(_duration) is { } duration)
            symptom = symptom with { Duration = ReadSeconds(_duration.Name, duration, 1, SymptomOptions.Longest.TotalSeconds) };
        if (parsed.GetValue(_count) is { } count)
        {
            symptom = int.TryParse(count, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number is >= 1 and <= SymptomOptions.MostRequests
                ? symptom with { Count = number }
                : throw new CommandException(ExitCode.WrongUsage, $"{_count.Name}: '{count}' is no number from 1 to {SymptomOptions.MostRequests}");
        }

        return symptom;
    }

    private static TimeSpan ReadSeconds(string option, string text, double least, double most) =>
        double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double seconds)
        && seconds >= least && seconds <= most
            ? TimeSpan.FromSeconds(seconds)
            : throw new CommandException(
                ExitCode.WrongUsage, string.Create(CultureInfo.InvariantCulture, $"{option}: '{text}' is no number of seconds from {least} to {most}"));
}
