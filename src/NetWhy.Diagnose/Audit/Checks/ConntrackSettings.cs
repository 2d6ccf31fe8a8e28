using System.Globalization;
using NetWhy.Diagnose.Hosts;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Audit.Checks;

/// <summary>How long connection tracking remembers what is idle, and how it takes what it does not know, against what is in use here.</summary>
/// <remarks>That idle connections fill the table is told by <see cref="ConntrackContents"/>.</remarks>
public sealed class ConntrackSettings : IHostCheck
{
    private const string Prefix = "net.netfilter.";
    private const string Established = "nf_conntrack_tcp_timeout_established";
    private const string Stream = "nf_conntrack_udp_timeout_stream";
    private const string Loose = "nf_conntrack_tcp_loose";
    private const long ShortestEstablished = 7440; // seconds, RFC 5382, REQ-5: 2 h 4 min
    private const long ShortestStream = 120; // seconds, RFC 4787, REQ-5: two minutes
    private const int Some = 10; // packets: a few fit nothing everywhere

    private static readonly string[] Shown =
    [
        Established, "nf_conntrack_tcp_timeout_time_wait", "nf_conntrack_tcp_timeout_close_wait", "nf_conntrack_udp_timeout", Stream,
        "nf_conntrack_generic_timeout", Loose, "nf_conntrack_tcp_be_liberal", "nf_conntrack_log_invalid",
    ];

    /// <inheritdoc/>
    public HostCheckInfo Info { get; } = new("conntrack.settings", Source: "nf_conntrack-sysctl.rst; RFC 5382, section 5; RFC 4787, section 4.3");

    /// <inheritdoc/>
    public IEnumerable<Signal> Evaluate(EvidenceSet evidence)
    {
        if (evidence.Last<ConntrackState>() is not { Settings.Count: > 0 } state)
            yield break;
        ConntrackCensus? census = evidence.Last<ConntrackCensus>();
        foreach (string name in Shown)
        {
            if (state.Setting(name) is not { } value)
                continue;
            var fine = new Signal(Info.Id, Standing.Fine, Prefix + name, name.Contains("timeout", StringComparison.Ordinal) ? InWords(value) : WholeHost.Plain(value), "")
            {
                Evidence = census is null ? [state] : [state, census],
            };
            yield return name switch
            {
                Established => JudgeLifetime(fine, value, state, census, evidence),
                Stream => value < ShortestStream && Translates(census, "udp") ? fine with
                {
                    Standing = Standing.Advice,
                    Meaning = $"UDP is translated here, and what pauses for {value} s is forgotten: answers after that reach nobody (calls without sound, VPNs that stop). Two minutes are the least (RFC 4787).",
                    Remedies = [Remedy.Set("Remember them for two minutes.", fine.Title, WholeHost.Plain(ShortestStream))],
                } : fine,
                Loose => JudgeLoose(fine, value, state, evidence),
                _ => fine,
            };
        }
    }

    private static Signal JudgeLifetime(Signal fine, long lifetime, ConntrackState state, ConntrackCensus? census, EvidenceSet evidence)
    {
        long established = census?.TcpStates.GetValueOrDefault("established") ?? 0;
        if (lifetime < ShortestEstablished && established > 0 && Translates(census, "tcp") && state.Count < 0.5 * state.Max)
        {
            return fine with
            {
                Standing = Standing.Advice,
                Meaning = $"Connections are translated here, and one that pauses for {InWords(lifetime)} is cut off without a word to its ends, although the table has room. Two hours and four minutes are the least (RFC 5382): so long the first keepalive takes.",
                Remedies = [Remedy.Set("Remember them for that long.", fine.Title, WholeHost.Plain(ShortestEstablished))],
            };
        }

        long? first = SettingValue.Number(evidence, "net.ipv4.tcp_keepalive_time");
        bool isOwn = evidence.Any<SocketGroup>(group => group.State is "established"); // keepalive of this machine holds no others
        return first is null || first < lifetime || lifetime < 20 || established == 0 || !isOwn ? fine : fine with
        {
            Standing = Standing.Advice,
            Limit = string.Create(CultureInfo.InvariantCulture, $"{first} s to the first keepalive"),
            Meaning = $"This machine's own tracking forgets a connection that pauses for {InWords(lifetime)}, and keepalive of its programs would show a sign of life only after {InWords(first.Value)}: firewalls and translation then take the next packet for a stranger's.",
            Remedies = [Remedy.Set("Send the first keepalive in half that time; it holds for programs that ask for keepalive.", "net.ipv4.tcp_keepalive_time", WholeHost.Plain(lifetime / 2))],
        };
    }

    private static Signal JudgeLoose(Signal fine, long loose, ConntrackState state, EvidenceSet evidence)
    {
        bool isProxied = evidence.Last<KernelCounters>() is { } counters && new CounterReading(counters).Grown("SynProxy.syn_received") > 0;
        long invalid = state.Growth.GetValueOrDefault("invalid");
        if (loose != 0 && isProxied)
        {
            return fine with
            {
                Standing = Standing.Advice,
                Meaning = "SYNPROXY answers for services, and tracking takes an ACK out of nothing for a connection: a flood of ACKs goes past SYNPROXY.",
                Remedies = [Remedy.Set("Take connections from their SYN on only.", fine.Title, "0")],
            };
        }

        return loose != 0 || isProxied || invalid < Some || state.InvalidDroppedBy is not [_, ..] ? fine : fine with
        {
            Standing = Standing.Advice,
            Meaning = $"{invalid} packets fit no tracked connection and are dropped by a rule; connections from before the start of tracking, or that come here after a fail-over, are not picked up.",
            Remedies = [Remedy.Set("Pick them up, if this machine takes over from another one.", fine.Title, "1")],
        };
    }

    private static string InWords(long seconds) =>
        seconds >= 86_400 ? string.Create(CultureInfo.InvariantCulture, $"{seconds} s ({seconds / 86_400.0:0.#} days)") : $"{seconds} s";

    private static bool Translates(ConntrackCensus? census, string protocol) => census?.Translated.Any(ports => ports.Protocol == protocol) is true;
}
