using System.Text.Json;
using NetWhy.Tests.App;
using Xunit;

namespace NetWhy.Tests.Audit;

/// <summary>Settings of a network namespace that are worse than others: set for real, and told.</summary>
public sealed class SettingAuditTests(AuditNamespace network) : IClassFixture<AuditNamespace>
{
    private static readonly Dictionary<string, string> Worse = new()
    {
        ["net.ipv4.tcp_window_scaling"] = "0",
        ["net.ipv4.tcp_sack"] = "0",
        ["net.ipv4.tcp_timestamps"] = "0",
        ["net.ipv4.tcp_moderate_rcvbuf"] = "0",
        ["net.ipv4.tcp_abort_on_overflow"] = "1",
        ["net.ipv4.ip_no_pmtu_disc"] = "1",
        ["net.ipv4.tcp_retries2"] = "3",
        ["net.ipv4.tcp_fin_timeout"] = "5",
    };

    [Fact]
    public void Each_that_is_worse_is_named_and_none_of_those_that_are_as_they_came()
    {
        network.SkipIfAbsent();
        Assert.Empty(Named().Intersect(Worse.Keys));
        foreach ((string name, string value) in Worse)
            network.Exec($"sysctl -qw {name}={value}");

        Assert.Empty(Worse.Keys.Except(Named()));
    }

    private string[] Named()
    {
        ProgramResult result = network.NetWhy("host", "--json", "--interval", "0.2");
        using var json = JsonDocument.Parse(result.Output);
        return
        [
            .. json.RootElement.GetProperty("signals").EnumerateArray()
                .Where(signal => signal.GetProperty("check").GetString() is "settings" && signal.GetProperty("standing").GetString() is not "fine")
                .Select(signal => signal.GetProperty("title").GetString()!),
        ];
    }
}
