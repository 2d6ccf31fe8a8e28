using System.Net;
using NetWhy.Diagnose;
using NetWhy.Evidence;
using Xunit;

namespace NetWhy.Tests.Rules;

/// <summary>Makes evidence about name resolution by hand, and judges it.</summary>
internal static class DnsEvidence
{
    internal const string Name = "web.lab.test";

    internal static readonly IPAddress First = IPAddress.Parse("10.0.3.53");
    internal static readonly IPAddress Second = IPAddress.Parse("10.0.3.54");
    internal static readonly IPAddress Web = IPAddress.Parse("10.0.2.10");
    internal static readonly IPAddress Other = IPAddress.Parse("10.0.2.99");

    internal static InvestigationStarted Started(params IPAddress[] expected) =>
        new("0", Name, TargetKind.HostPort, "http", Name, 80) { Expected = expected };

    internal static ResolverConfiguration Configured(params IPAddress[] servers) => new(
        "/etc/resolv.conf", FileState.Read, servers, [], 1, TimeSpan.FromSeconds(5), 2, Rotate: false, ["files", "dns"]);

    internal static DnsExchange Answer(
        IPAddress server, string code, IPAddress? address = null, double milliseconds = 1, string name = Name + ".") =>
        new(
            server,
            53,
            DnsTransport.Udp,
            name,
            address?.AddressFamily is System.Net.Sockets.AddressFamily.InterNetworkV6 ? "AAAA" : "A",
            DnsOutcome.Answered,
            TimeSpan.FromMilliseconds(milliseconds),
            Sends: 1)
        {
            ResponseCode = code,
            ResponseTime = TimeSpan.FromMilliseconds(milliseconds),
            Addresses = address is null ? [] : [address],
            RecursionAvailable = true,
        };

    internal static DnsExchange Silence(IPAddress server, double seconds = 5) => new(
        server, 53, DnsTransport.Udp, Name + ".", "A", DnsOutcome.TimedOut, TimeSpan.FromSeconds(seconds), Sends: 4);

    internal static DnsExchange Refusal(IPAddress server, string errno, IcmpError? icmp, double seconds = 0.001) => new(
        server, 53, DnsTransport.Udp, Name + ".", "A", DnsOutcome.Failed, TimeSpan.FromSeconds(seconds), Sends: 1)
    {
        Errno = errno,
        Icmp = icmp,
    };

    internal static DnsExchange Closed(IPAddress server) =>
        Refusal(server, "ECONNREFUSED", new IcmpError(3, 3, server, IPAddress.IsLoopback(server)));

    internal static DnsExchange Greeting(IPAddress server, bool answered) => answered
        ? Answer(server, "REFUSED", name: "version.bind.") with { Purpose = "greeting", Type = "TXT" }
        : Silence(server, 2) with { Purpose = "greeting", Name = "version.bind." };

    internal static EchoSeries Echo(IPAddress server, int received) =>
        new(server, "resolver", 28, Sent: 3, received) { MinRoundTrip = received > 0 ? TimeSpan.FromMilliseconds(1) : null };

    internal static NameResolution Resolved(IPAddress server, double seconds, params IPAddress[] addresses) =>
        new(Name, NameSource.Dns, addresses, TimeSpan.FromSeconds(seconds), Queries: 2)
        {
            Tried = [Name + "."],
            AnsweredBy = server,
            CanonicalName = Name,
        };

    internal static NameResolution Unresolved(string error, IPAddress? server = null, params string[] tried) =>
        new(Name, NameSource.None, [], TimeSpan.FromSeconds(1), Queries: 2)
        {
            Tried = tried.Length > 0 ? tried : [Name + "."],
            AnsweredBy = server,
            Error = error,
        };

    internal static ConnectAttempt Connects(IPAddress address) =>
        new(address, 80, "target", ConnectOutcome.Connected, TimeSpan.FromMilliseconds(1));

    internal static ConnectAttempt Fails(IPAddress address, string errno = "ECONNREFUSED") =>
        new(address, 80, "target", ConnectOutcome.Failed, TimeSpan.FromMilliseconds(1)) { Errno = errno };

    /// <summary>Judges by one rule; null if it does not find the cause that it is named after.</summary>
    internal static Finding? Judge<TRule>(params Observation[] seen)
        where TRule : IRule, new()
    {
        var rule = new TRule();
        Observation[] all = seen.OfType<InvestigationStarted>().Any() ? seen : [Started(), .. seen];
        return rule.Evaluate(new EvidenceSet(all)).SingleOrDefault(finding => finding.Cause == rule.Info.Id);
    }

    internal static Finding Likely<TRule>(params Observation[] seen)
        where TRule : IRule, new()
    {
        Finding? finding = Judge<TRule>(seen);
        Assert.NotNull(finding);
        Assert.True(finding.Confidence >= 0.9, $"{finding.Confidence:0.00}");
        return finding;
    }

    internal static void Open<TRule>(params Observation[] seen)
        where TRule : IRule, new()
    {
        Finding? finding = Judge<TRule>(seen);
        Assert.NotNull(finding);
        Assert.InRange(finding.Confidence, 0.05, 0.75);
    }

    internal static void Silent<TRule>(params Observation[] seen)
        where TRule : IRule, new() => Assert.Null(Judge<TRule>(seen));
}
