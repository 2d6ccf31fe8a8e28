using System.CommandLine;
using System.Globalization;
using System.Net;
using NetWhy.App.Render;
using NetWhy.Names;
using NetWhy.Wire.Dns;

namespace NetWhy.App.Commands;

/// <summary><c>netwhy dns bench</c>: how fast and how reliable name servers are.</summary>
internal sealed class DnsBenchCommand : Command, IExplained
{
    private const int DefaultRounds = 5;
    private const int MostRounds = 1000;
    private const int MostNames = 10_000;
    private const int MostQueries = 100_000; // of one server, a quarter of an hour
    private const int MostFileSize = 4 << 20; // octets

    // Names that resolvers are asked for all over the world; a file says better what is asked for here.
    private static readonly string[] UsualNames =
    [
        "example.com", "wikipedia.org", "debian.org", "kernel.org", "iana.org", "ietf.org", "python.org", "cloudflare.com", "google.com", "github.com",
    ];

    private readonly Option<string?> _names = new("--names")
    {
        Description = "Names to ask for, one a line (- for standard input); else ten that are known everywhere.",
        HelpName = "FILE",
        CompletionSources = { _ => [CommonOptions.File] },
    };

    private readonly Option<string[]> _servers = new("--server", "-s")
    {
        Description = "Ask this name server in place of the configured ones; may be repeated.",
        HelpName = "ADDR",
        Arity = ArgumentArity.OneOrMore,
    };

    private readonly Option<string?> _rounds = new("--rounds", "-n") { Description = $"How often each name is asked for (default {DefaultRounds}).", HelpName = "N" };
    private readonly Option<bool> _json = CommonOptions.Json();
    private readonly Option<bool> _noColour = CommonOptions.NoColour();

    /// <summary>Makes the command.</summary>
    public DnsBenchCommand()
        : base("bench", "Measure name servers: percentiles and failures, of what they have cached and of what they have not.")
    {
        foreach (Option option in new Option[] { _names, _servers, _rounds, _json, _noColour })
            Add(option);
        SetAction(RunAsync);
    }

    /// <inheritdoc/>
    public IReadOnlyList<(string Left, string Right)> Examples =>
    [
        ("netwhy dns bench", "the configured servers"),
        ("netwhy dns bench --server 192.0.2.53 --server 192.0.2.54", "two others beside each other"),
        ("netwhy dns bench --names names.txt -n 20", "your own names, twenty times"),
    ];

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        List<string> names = parsed.GetValue(_names) is { } file ? ReadNames(file) : [.. UsualNames.Select(name => $"{name}.")];
        int rounds = parsed.GetValue(_rounds) is { } text ? ReadRounds(text) : DefaultRounds;
        if ((long)names.Count * rounds > MostQueries)
            throw new CommandException(ExitCode.WrongUsage, $"{names.Count} names {rounds} times are too many queries: at most {MostQueries} are sent to a server");

        IPAddress[] servers = DnsCommand.ReadServers(parsed.GetValue(_servers));
        if (servers.Length == 0)
            servers = [.. ResolverFiles.Read(Environment.GetEnvironmentVariable).Settings.Servers.Select(ServerAddress.Of).Distinct()];
        var bench = new ResolverBench(names, rounds, TimeProvider.System);
        ResolverTimes[] results = await Task.WhenAll(servers.Select(server => bench.RunAsync(server, cancellationToken))).ConfigureAwait(false);
        if (parsed.GetValue(_json))
            BenchReport.WriteJson(results, names.Count, rounds);
        else
            Terminal.WriteOutput(BenchReport.Of(results, names.Count, rounds, Terminal.Screen).ToText(Terminal.HasColour(parsed.GetValue(_noColour))));
        cancellationToken.ThrowIfCancellationRequested(); // what was measured by then is told
        return results.All(result => result.Cached.Failures.Count + result.Uncached.Failures.Count == 0) ? ExitCode.Healthy : ExitCode.ProblemFound;
    }

    private static List<string> ReadNames(string path)
    {
        List<string> names = [];
        try
        {
            using Stream stream = path is "-" ? Console.OpenStandardInput() : File.OpenRead(path);
            using var reader = new StreamReader(stream);
            int line = 0;
            long size = 0;
            while (reader.ReadLine() is { } text)
            {
                line++;
                size += text.Length + 1;
                string name = text.Split('#')[0].Trim();
                if (size > MostFileSize || names.Count >= MostNames)
                    throw new CommandException(ExitCode.WrongUsage, $"--names {path}: more than {MostNames} names are too many");
                if (name.Length == 0)
                    continue;
                string ascii = $"{(InternationalName.ToAscii(name) ?? name).TrimEnd('.')}.";
                names.Add(DnsName.IsValid(ascii)
                    ? ascii
                    : throw new CommandException(ExitCode.WrongUsage, $"--names {path}, line {line}: '{(name.Length > 80 ? name[..80] : name)}' is no name"));
            }
        }
        catch (Exception refusal) when (refusal is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new CommandException(ExitCode.CouldNotWork, FileRefusal.InWords($"--names {path}", refusal));
        }

        return names.Count > 0 ? names : throw new CommandException(ExitCode.WrongUsage, $"--names {path}: there is no name in it");
    }

    private static int ReadRounds(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int rounds) && rounds is >= 1 and <= MostRounds
            ? rounds
            : throw new CommandException(ExitCode.WrongUsage, $"-n: '{text}' is no number from 1 to {MostRounds}");
}
