using NetWhy.Linux;
using NetWhy.Names;
using NetWhy.Wire.Dns;

namespace NetWhy.Tools.Dig;

/// <summary><c>netwhy dig</c>: asks name servers, and prints what they answer.</summary>
internal sealed class DigTool : ITool
{
    private static readonly string[] UsageLines =
    [
        "Usage:  dig [@global-server] [domain] [q-type] [q-class] {q-opt}",
        "            {global-d-opt} host [@local-server] {local-d-opt}",
        "            [ host [@local-server] {local-d-opt} [...]]",
        "",
        "Use \"dig -h\" (or \"dig -h | more\") for complete list of options",
    ];

    /// <inheritdoc/>
    public string Name => "dig";

    /// <inheritdoc/>
    public string Summary => "Ask name servers, and print what they answer, as dig does.";

    /// <inheritdoc/>
    public IReadOnlyList<(string Left, string Right)> Usage =>
    [
        ("[@SERVER] NAME [TYPE] [CLASS] [+OPTION]…", "ask; options before the first name are for all names, those behind one for that one"),
        ("-x ADDRESS  -q NAME  -t TYPE  -c CLASS", "the name of an address; name, type and class where they could be mistaken"),
        ("-p PORT  -b ADDRESS[#PORT]  -4  -6", "port of the server; where to ask from; only IPv4 or IPv6"),
        ("-f FILE  -k FILE  -y [HMAC:]NAME:SECRET", "one command line per line of a file; the key that signs queries (TSIG)"),
        ("-u  -r  -v", "microseconds; without ~/.digrc; the version"),
        ("+short  +noall +answer  +multiline  +yaml", "only the data; only the answer; several lines for a record; YAML"),
        ("+trace  +nssearch", "from the root, delegation by delegation; what each server of the zone has"),
        ("+dnssec  +cd  +nsid  +subnet=NET  +cookie  +ednsopt=CODE[:HEX]", "what is asked for by EDNS"),
        ("+tcp  +tls  +https[=PATH]  +tls-ca[=FILE]", "by TCP, TLS or HTTPS; with the server's certificate verified"),
        ("+search  +ndots=N  +domain=NAME", "with the search list of resolv.conf, or a domain"),
        ("+time=SECONDS  +tries=N  +retry=N  +ignore  +nofail", "how long and how often to ask; keep cut answers; ask on after SERVFAIL"),
        ("+qr  +[no]question  +[no]comments  +[no]stats  +[no]cmd", "what is printed; see dig(1) for all others"),
        ("--json", "messages as JSON (RFC 8427)"),
        ("--validate  --anchor FILE", "follow the signatures (DNSSEC) from the root's keys, or from those in FILE, and show the chain; exit code 12 if bogus"),
        ("--all-servers", "with +trace: ask every server of every zone on the way, and say what is wrong with them"),
        ("--why", "on standard error: servers that did not answer and the time they took, answers that were rejected"),
        ("--mix-case", "names in a random case that answers must repeat, against forged ones (0x20)"),
        ("--at-once N", "with -f: so many lines at once; the output stays in their order"),
        ("--net NAME  --pid PID", "in another network namespace, or where a process lives (root)"),
    ];

    /// <inheritdoc/>
    public IReadOnlyList<(string Left, string Right)> Examples =>
    [
        ("netwhy dig example.com MX", "who takes the mail?"),
        ("netwhy dig @192.0.2.53 +short www.example.com AAAA", "only the data, from that server"),
        ("netwhy dig +trace www.example.com", "from the root, delegation by delegation"),
        ("netwhy dig --validate www.example.com", "is it signed, and if it fails, at which link?"),
        ("netwhy dig +trace --all-servers www.example.com", "which server of which zone is lame, silent or behind?"),
        ("netwhy dig -x 192.0.2.1 --why", "the name of an address, and what went wrong on the way"),
    ];

    /// <inheritdoc/>
    public int Run(IReadOnlyList<string> arguments, IToolHost host)
    {
        var settings = new DigSettings();
        var console = new DigConsole(host, settings);
        int exitCode;
        try
        {
            IReadOnlyList<string> words = DigOwnOptions.Take(arguments, settings);
            if (settings.ShowsHelp)
            {
                host.ShowHelp(this);
                return 0;
            }

            if (settings.Namespace is { } name)
                ToolNamespace.Enter(name);
            if (settings.IsJson)
                console.Json = new DigJson();
            exitCode = Run(words, settings, console, host);
        }
        catch (DigUsage misuse)
        {
            if (misuse.Word is { } word)
                console.Note($"Invalid option: {word}");
            foreach (string line in UsageLines)
                console.Note(line);
            exitCode = 1;
        }
        catch (DigExit end)
        {
            exitCode = end.ExitCode;
            if (end.Line is { } line)
            {
                foreach (string part in $"dig: {line}".Split('\n'))
                    console.Note(part);
            }
        }

        console.Flush();
        if (console.Json is { } json)
        {
            using (json)
                host.Output.Write(json.Finish(exitCode));
        }

        return exitCode;
    }

    private int Run(IReadOnlyList<string> words, DigSettings settings, DigConsole console, IToolHost host)
    {
        var commandLine = new DigCommandLine(settings, console);
        commandLine.ReadAhead(words);
        DigServers.Configure(settings, ReadFile(ResolverSettings.Path) ?? "");
        settings.Default.Set(DnsFlags.AuthenticData, true);
        settings.Default.EdnsVersion = 0;
        settings.Default.SendsCookie = true;
        if (StandardStream.Output.IsTerminal && Environment.GetEnvironmentVariable("IDN_DISABLE") is null)
            settings.Default.ReadsInternational = settings.Default.PrintsInternational = true;
        string? own = settings.ReadsSettingsFile && Environment.GetEnvironmentVariable("HOME") is { } home ? ReadFile($"{home}/.digrc") : null;
        commandLine.Read(words, own?.Split('\n') ?? []);
        if (settings.ShowsHelp)
        {
            host.ShowHelp(this);
            return 0;
        }

        if (settings.ShowsVersion)
        {
            console.Note(DigCommandLine.VersionLine);
            return 0;
        }

        if (settings.Domain is { } domain)
        {
            settings.Search = [domain];
            settings.UsesSearch = true;
        }

        if (settings.Validates)
            PrepareValidation(settings);
        if (settings is { AsksAllServers: true, BatchFile: null } && !settings.Lookups.Any(lookup => lookup.IsTrace))
            throw new ToolException(ToolException.WrongUsage, "--all-servers goes with +trace");
        TransactionKey? key = DigKeys.Load(settings, console);
        if (settings.BatchFile is { } file)
        {
            new DigBatch(settings, console, host, key).Run(file, commandLine);
        }
        else
        {
            using var wait = new DigWait(host.Cancellation);
            using var run = new DigRun(settings, console, wait, key);
            run.RunAll();
        }

        return settings.ExitCode;
    }

    private static void PrepareValidation(DigSettings settings)
    {
        if (settings.IsYaml)
            throw new ToolException(ToolException.WrongUsage, "--validate does not print YAML: use --json");
        if (settings.Lookups.Any(lookup => lookup.UsesHttps))
            throw new ToolException(ToolException.WrongUsage, "--validate asks by UDP, TCP or TLS, and not by HTTPS");
        settings.Anchors = TrustAnchors.ForRoot();
        if (settings.AnchorFile is not { } path)
            return;
        if (ReadFile(path) is not { } text)
            throw new ToolException(ToolException.WrongUsage, $"--anchor {path} cannot be read");
        if (TrustAnchorText.Read(text, out TrustAnchors anchors) is { } problem)
            throw new ToolException(ToolException.WrongUsage, $"--anchor {path}: {problem}");
        settings.Anchors = anchors;
    }

    private static string? ReadFile(string path)
    {
        if (!File.Exists(path))
            return null; // which is the rule for ~/.digrc, and an exception costs 5 ms of a process
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception refusal) when (refusal is IOException or UnauthorizedAccessException)
        {
            return null; // as where there is none
        }
    }
}
