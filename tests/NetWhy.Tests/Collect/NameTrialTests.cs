using System.Net;
using NetWhy.Collect;
using NetWhy.Collect.Probes;
using NetWhy.Collect.Resolver;
using NetWhy.Evidence;
using NetWhy.Wire.Dns;
using Xunit;

namespace NetWhy.Tests.Collect;

/// <summary>Which name the questions beside a lookup are about, where a search list may lengthen the one written.</summary>
public sealed class NameTrialTests
{
    [Theory]
    [InlineData("www", "lab.test", "www.lab.test.", null, "www.lab.test.")]
    [InlineData("www.lab.test", "lab.test", "www.lab.test.", null, "www.lab.test.")]
    [InlineData("www", "", "www.", "EAI_NONAME", "www.")] // nothing lengthens it: nothing is waited for
    [InlineData("www", "a.test b.test", "www.a.test. www.b.test. www.", "EAI_NONAME", "www.")] // none of them is nearer to what is meant
    [InlineData("www", "a.test b.test", "www.a.test. www.b.test.", "EAI_AGAIN", "www.b.test.")] // it ended at the one that failed
    [InlineData("www.", "lab.test", "www.lab.test.", null, "www.")]
    [InlineData("münchen", "", "", null, "xn--mnchen-3ya.")]
    [InlineData("a..b", "lab.test", "a..b.lab.test.", null, null)]
    public async Task It_is_the_name_that_the_lookup_ends_at(string host, string search, string tried, string? error, string? expected)
    {
        EvidenceLog log = new("here", TimeProvider.System);
        log.Add(Configured(search), ResolverConfigurationProbe.Id);
        log.Add(Ended(host, tried, error), NameResolutionProbe.Id);

        Assert.Equal(expected, await NameAsync(log, host, TimeProvider.System));
    }

    [Fact]
    public async Task It_is_the_name_written_where_the_lookup_takes_long()
    {
        EvidenceLog log = new("here", TimeProvider.System);
        log.Begin([NameResolutionProbe.Id]);
        log.Add(Configured("lab.test"), ResolverConfigurationProbe.Id);

        Assert.Equal("www.", await NameAsync(log, "www", new HastyClock()));
    }

    [Theory]
    [InlineData("192.0.2.1 2001:db8::1", null, "A")]
    [InlineData("2001:db8::1 2001:db8::2", null, "AAAA")]
    [InlineData("2001:db8::1", "MX", "MX")]
    [InlineData("", null, "A")]
    public async Task The_type_is_that_of_the_addresses_found(string addresses, string? wanted, string expected)
    {
        EvidenceLog log = new("here", TimeProvider.System);
        log.Add(Ended("www", "www.", null) with { Addresses = [.. Words(addresses).Select(IPAddress.Parse)] }, NameResolutionProbe.Id);
        DnsRecordType? type = wanted is not null && DnsMnemonics.TryParseType(wanted, out DnsRecordType parsed) ? parsed : null;

        Assert.Equal(expected, (await NameTrial.TypeAsync(Context(log, "www", TimeProvider.System, type), TestContext.Current.CancellationToken)).Mnemonic);
    }

    private static ResolverConfiguration Configured(string search) => new(
        "/etc/resolv.conf", FileState.Read, [IPAddress.Loopback], Words(search), 1, TimeSpan.FromSeconds(5), 2, Rotate: false, ["files", "dns"]);

    private static NameResolution Ended(string host, string tried, string? error) =>
        new(host, NameSource.Dns, [], TimeSpan.Zero, Queries: 2) { Tried = Words(tried), Error = error };

    private static string[] Words(string text) => text.Split(' ', StringSplitOptions.RemoveEmptyEntries);

    private static Task<string?> NameAsync(EvidenceLog log, string host, TimeProvider clock) =>
        NameTrial.NameAsync(Context(log, host, clock), TestContext.Current.CancellationToken);

    private static ProbeContext Context(EvidenceLog log, string host, TimeProvider clock, DnsRecordType? type = null) =>
        new(new Target(host, TargetKind.Name) { Host = host }, new InvestigationOptions { RecordType = type }, log, clock, "trial");

    /// <summary>A clock whose timers are over at once.</summary>
    private sealed class HastyClock : TimeProvider
    {
        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            base.CreateTimer(callback, state, TimeSpan.Zero, period);
    }
}
