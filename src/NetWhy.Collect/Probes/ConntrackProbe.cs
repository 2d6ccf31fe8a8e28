using System.Globalization;
using NetWhy.Collect.Routing;
using NetWhy.Collect.Sockets;
using NetWhy.Evidence;
using NetWhy.Linux;

namespace NetWhy.Collect.Probes;

/// <summary>Reads how full connection tracking is, before and after the exchange, and what it dropped meanwhile.</summary>
/// <remarks>
/// Source: nf_conntrack-sysctl.txt; ctnetlink, or /proc/net/stat/nf_conntrack, one row a processor, hexadecimal. The limit is of the
/// whole machine, the count of this network namespace.
/// </remarks>
public sealed class ConntrackProbe : IProbe
{
    /// <summary>Id of this probe.</summary>
    public const string Id = "conntrack.state";

    /// <summary>File with the number of connections that are tracked in this network namespace.</summary>
    internal const string Count = Root + "nf_conntrack_count";

    /// <summary>File with the most that may be.</summary>
    internal const string Most = Root + "nf_conntrack_max";

    private const string Root = "/proc/sys/net/netfilter/";
    private const string EstablishedTimeout = "nf_conntrack_tcp_timeout_established";
    private const int MostEntries = 300_000; // half a second; more of them say nothing else

    private const int MostRules = 4;
    private const int LongestRule = 200; // characters

    private static readonly string[] Settings =
    [
        EstablishedTimeout, "nf_conntrack_tcp_timeout_time_wait", "nf_conntrack_tcp_timeout_close_wait", "nf_conntrack_udp_timeout",
        "nf_conntrack_udp_timeout_stream", "nf_conntrack_generic_timeout", "nf_conntrack_tcp_loose", "nf_conntrack_tcp_be_liberal",
        "nf_conntrack_log_invalid",
    ];

    /// <inheritdoc/>
    public ProbeInfo Info { get; } = new(
        Id,
        Question: "Is the connection tracking table of this machine full, and does it drop?",
        Source: "nf_conntrack-sysctl.txt",
        Question.Port);

    /// <inheritdoc/>
    public bool Applies(Target target) => true;

    /// <inheritdoc/>
    public async Task RunAsync(ProbeContext context, CancellationToken cancellationToken)
    {
        long begin = context.Clock.GetTimestamp();
        bool asksKernel = context.Target.IsHere; // what ctnetlink tells beyond /proc is about this machine
        if (Read(context, ref asksKernel) is not { } before)
            return; // the kernel tracks nothing: there is no table to be full

        context.Report(before);
        if (asksKernel && before.Count > 0)
            ReportCensus(context, before);
        await Traffic.WhenOverAsync(context, cancellationToken);
        if (Read(context, ref asksKernel) is { } after)
        {
            Dictionary<string, long> growth = after.Source == before.Source ? GrowthOf(before.Statistics, after.Statistics) : [];
            context.Report(after with
            {
                After = context.Clock.GetElapsedTime(begin),
                Growth = growth,
                InvalidDroppedBy = growth.ContainsKey("invalid") ? RulesAgainstInvalid(context, cancellationToken) : null,
            });
        }
    }

    private static string[]? RulesAgainstInvalid(ProbeContext context, CancellationToken cancellationToken) =>
        Privileges.HasNetAdmin && context.Firewall.First(cancellationToken) is { Sources.IsEmpty: false } firewall
            ? [.. firewall.AgainstInvalid(MostRules, cancellationToken).Select(rule => rule.Length > LongestRule ? rule[..LongestRule] : rule)]
            : null;

    /// <summary>Sums the statistics of all processors.</summary>
    /// <param name="text">A line of names, then one of hexadecimal numbers for each processor.</param>
    internal static Dictionary<string, long> ReadStatistics(string text)
    {
        Dictionary<string, long> sums = [];
        string[] lines = text.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        string[] names = lines.FirstOrDefault()?.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries) ?? [];
        foreach (string line in lines.Skip(1))
        {
            string[] values = line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            foreach ((string name, string value) in names.Zip(values).Where(pair => pair.First is not "entries")) // the same on every row
            {
                // The file has names of its own for some.
                string known = name switch { "clashres" => "clash_resolve", "chainlength" => "chain_toolong", "icmp_error" => "error", _ => name };
                if (long.TryParse(value, NumberStyles.HexNumber, CultureInfo.InvariantCulture, out long number) && number > 0)
                    sums[known] = sums.GetValueOrDefault(known) + number;
            }
        }

        return sums;
    }

    // Sums of counters of 32 bits, each of which begins again at zero.
    private static Dictionary<string, long> GrowthOf(IReadOnlyDictionary<string, long> before, IReadOnlyDictionary<string, long> after) =>
        Growth.Of(
            before.ToDictionary(pair => pair.Key, pair => after.GetValueOrDefault(pair.Key) < pair.Value ? pair.Value - (1L << 32) : pair.Value),
            after).Where(pair => pair.Value < 1L << 31).ToDictionary();

    private static ConntrackState? Read(ProbeContext context, ref bool asksKernel)
    {
        if (KernelFiles.Number(Count) is not { } count || KernelFiles.Number(Most) is not { } max)
            return null;

        Dictionary<string, long>? statistics = null;
        if (asksKernel)
        {
            try
            {
                statistics = ConntrackNetlink.Statistics();
            }
            catch (LinuxException refusal)
            {
                asksKernel = false; // /proc has the totals all the same
                context.ReportNotObserved(
                    "who fills the connection tracking table", refusal.Errno is (int)Errno.EPERM ? "needs CAP_NET_ADMIN" : refusal.Message);
            }
        }

        return new ConntrackState(count, max)
        {
            Source = statistics is null ? "proc" : "ctnetlink",
            Statistics = statistics ?? ReadStatistics(KernelFiles.Text("/proc/thread-self/net/stat/nf_conntrack") ?? ""),
            IsLimitSettable = KernelFiles.IsFirstNamespace,
            Buckets = KernelFiles.Number(Root + "nf_conntrack_buckets"),
            Settings = Settings
                .Select(name => (name, value: KernelFiles.Number(Root + name)))
                .Where(setting => setting.value is not null)
                .ToDictionary(setting => setting.name, setting => setting.value!.Value),
        };
    }

    private static void ReportCensus(ProbeContext context, ConntrackState state)
    {
        var count = new ConntrackCount(state.Setting(EstablishedTimeout));
        try
        {
            bool isWhole = ConntrackNetlink.Dump(MostEntries, count.Add);
            context.Report(count.Result(isWhole));
        }
        catch (LinuxException refusal)
        {
            context.ReportNotObserved("who fills the connection tracking table", refusal.Message);
        }
    }
}
