using System.Net;
using NetWhy.Evidence;
using NetWhy.Names;
using Xunit;

namespace NetWhy.Tests.Names;

/// <summary>The times were measured with getaddrinfo of glibc 2.36 against the same faults.</summary>
public sealed class ApplicationLookupTests
{
    private static readonly IPAddress Web = IPAddress.Parse("10.0.2.10");

    [Theory]
    [InlineData("web.lab.test", "search a.test b.test", "web.lab.test. web.lab.test.a.test. web.lab.test.b.test.")]
    [InlineData("web", "search a.test b.test", "web.a.test. web.b.test. web.")]
    [InlineData("web.lab.test", "search a.test\noptions ndots:5", "web.lab.test.a.test. web.lab.test.")]
    [InlineData("web.lab.test.", "search a.test\noptions ndots:5", "web.lab.test.")]
    [InlineData("web", "search .", "web.")]
    [InlineData("web", "search a.test\noptions no-tld-query", "web.a.test.")]
    [InlineData("web", "", "web.")]
    public void Tries_names_in_the_order_of_the_C_library(string name, string settings, string expected) => Assert.Equal(
        expected.Split(' '),
        ApplicationLookup.Candidates(name, ResolverSettings.Parse(settings)));

    [Theory]
    [InlineData("ok", 0.001, 2)]
    [InlineData("silent ok", 5.001, 4)]
    [InlineData("silent closed ok", 5.002, 6)]
    [InlineData("silent silent ok", 8.001, 6)]
    [InlineData("silent", 10, 4)]
    [InlineData("silent silent silent", 28, 12)]
    [InlineData("closed", 0.002, 4)]
    [InlineData("refused ok", 0.002, 4)]
    [InlineData("servfail", 0.002, 4)]
    [InlineData("half", 15, 6)]
    public void Waits_as_long_as_the_C_library(string servers, double seconds, int queries)
    {
        LookupOutcome? outcome = Replay(servers, "");

        Assert.NotNull(outcome);
        Assert.Equal(seconds, outcome.Elapsed.TotalSeconds, tolerance: 0.0001);
        Assert.Equal(queries, outcome.Queries);
        Assert.Equal(servers.Contains("ok", StringComparison.Ordinal) || servers is "half", outcome.Error is null);
    }

    [Theory]
    [InlineData("silent ok", "options timeout:2", 2.001)]
    [InlineData("silent", "options timeout:1 attempts:3", 3)]
    [InlineData("late", "options timeout:2", 3)] // the answer to the first query is taken in the second round
    [InlineData("half", "options timeout:1", 3)]
    public void Obeys_the_options(string servers, string options, double seconds) =>
        Assert.Equal(seconds, Replay(servers, options)!.Elapsed.TotalSeconds, tolerance: 0.0001);

    [Theory]
    [InlineData("nxdomain ok", "EAI_NONAME")]
    [InlineData("nodata", "EAI_NODATA")]
    [InlineData("referral ok", null)]
    [InlineData("referral", "EAI_AGAIN")]
    [InlineData("referral-with-glue ok", "EAI_NODATA")] // resolv/res_send.c of glibc: the next server only if arcount is 0
    [InlineData("broken", "EAI_FAIL")]
    [InlineData("servfail refused", "EAI_AGAIN")]
    [InlineData("nxdomain-with-address", "EAI_NONAME")] // as getaddrinfo of glibc 2.36 ends
    public void Ends_as_the_C_library(string servers, string? error) => Assert.Equal(error, Replay(servers, "")!.Error);

    [Fact]
    public void Waits_for_what_is_not_known_yet()
    {
        Assert.Null(Replay("pending ok", ""));
        Assert.Null(Replay("ok pending", "")?.Error); // the first server has answered: the second one does not matter
    }

    private static LookupOutcome? Replay(string servers, string options)
    {
        string[] behaviours = servers.Split(' ');
        var settings = ResolverSettings.Parse(
            string.Concat(behaviours.Select((_, index) => $"nameserver 10.0.0.{index + 1}\n")) + options + "\n");
        var lookup = new ApplicationLookup(settings, ApplicationLookup.AddressTypes(settings), (server, name, type) =>
            Known(behaviours[settings.Servers.IndexOf(server)], server.Address, name, type));
        return lookup.Replay(["web.lab.test."]);
    }

    private static KnownExchange Known(string behaviour, IPAddress server, string name, string type)
    {
        if (behaviour is "half")
            behaviour = type is "A" ? "ok" : "silent";
        TimeSpan time = TimeSpan.FromMilliseconds(1);
        var exchange = new DnsExchange(server, 53, DnsTransport.Udp, name, type, DnsOutcome.Answered, time, 1)
        {
            ResponseCode = "NOERROR",
            ResponseTime = time,
        };
        exchange = behaviour switch
        {
            "ok" => exchange with { Addresses = type is "A" ? [Web] : [] },
            "nodata" => exchange with { RecursionAvailable = true },
            "referral" => exchange with { AdditionalRecords = 0 },
            "referral-with-glue" => exchange with { AdditionalRecords = 1 },
            "broken" => exchange with { Outcome = DnsOutcome.Malformed, ResponseCode = null },
            "nxdomain" => exchange with { ResponseCode = "NXDOMAIN" },
            "nxdomain-with-address" => exchange with { ResponseCode = "NXDOMAIN", Addresses = [Web] },
            "servfail" => exchange with { ResponseCode = "SERVFAIL" },
            "refused" => exchange with { ResponseCode = "REFUSED" },
            "closed" => exchange with { Outcome = DnsOutcome.Failed },
            "late" => exchange with { ResponseTime = TimeSpan.FromSeconds(3), Addresses = type is "A" ? [Web] : [] },
            _ => exchange with { Outcome = DnsOutcome.TimedOut, Elapsed = TimeSpan.FromSeconds(5), ResponseTime = null },
        };
        return behaviour is "pending"
            ? new KnownExchange(null, time)
            : new KnownExchange(exchange, exchange.Elapsed);
    }
}
