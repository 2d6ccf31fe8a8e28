using NetWhy.Evidence;

namespace NetWhy.Diagnose.Audit.Checks;

/// <summary>ICMP errors that this machine did not send because of its own limits.</summary>
public sealed class IcmpRateLimit() : CounterCheck(
    "icmp.rate-limit",
    "ip-sysctl.rst, icmp_ratelimit and icmp_msgs_per_sec",
    "ICMP errors held back",
    "Icmp.OutRateLimitGlobal",
    "Icmp.OutRateLimitHost",
    "Icmp6OutRateLimitHost")
{
    /// <inheritdoc/>
    protected override Signal Judge(Signal fine, CounterReading counters, EvidenceSet evidence)
    {
        long most = counters.Grown("Icmp.OutRateLimitGlobal");
        return counters.Grown(Names) < 10 ? fine : fine with
        {
            Standing = Standing.Advice,
            Meaning = "This machine has more ICMP errors to send than its limits allow: peers miss unreachable messages, traceroute shows gaps, and path MTU discovery through it is late.",
            Remedies = most > 0 && SettingValue.Number(evidence, "net.ipv4.icmp_msgs_per_sec") is { } limit and > 0 and < 100_000
                ? [Remedy.Set("Allow more a second, if the errors are wanted.", "net.ipv4.icmp_msgs_per_sec", $"{10 * limit}")]
                : [],
        };
    }
}
