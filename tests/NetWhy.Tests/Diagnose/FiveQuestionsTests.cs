using System.Net;
using NetWhy.Diagnose;
using NetWhy.Evidence;
using Xunit;

namespace NetWhy.Tests.Diagnose;

public sealed class FiveQuestionsTests
{
    private static readonly IPAddress V4 = IPAddress.Parse("192.0.2.10");
    private static readonly IPAddress V6 = IPAddress.Parse("2001:db8::10");
    private static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(1);

    private static readonly ConnectAttempt Works = new(V4, 80, "target", ConnectOutcome.Connected, Moment);

    private static readonly InterfaceAddresses WithoutIPv6 = new([new InterfaceAddress("eth0", V4, 24)]);

    [Theory]
    [InlineData("EMFILE", "socket", "unknown")]
    [InlineData("EADDRNOTAVAIL", "connect", "unknown")]
    [InlineData("EPERM", "connect", "unknown")]
    [InlineData("EHOSTUNREACH", "connect", "no")]
    [InlineData("ENETUNREACH", "connect", "no")]
    [InlineData("ECONNREFUSED", "connect", "yes")]
    public void What_this_machine_kept_says_nothing_of_the_host(string errno, string call, string expected) =>
        Assert.Equal(expected, Say("host", Works with { Outcome = ConnectOutcome.Failed, Errno = errno, FailedCall = call }));

    [Fact]
    public void A_closed_port_said_by_ICMP_proves_the_host_that_says_it()
    {
        ConnectAttempt rejected = Works with { Outcome = ConnectOutcome.Failed, Errno = "ECONNREFUSED", Icmp = new IcmpError(3, 3, V4, false) };
        var silent = new EchoSeries(V4, "target", 56, 3, 0);

        Assert.Equal("yes", Say("host", rejected, silent));
        Assert.Equal("no", Say("host", rejected with { Icmp = new IcmpError(3, 3, IPAddress.Parse("192.0.2.1"), false) }, silent));
        Assert.Equal("no", Say("host", rejected with { Icmp = new IcmpError(3, 13, V4, false), Errno = "EHOSTUNREACH" }, silent));
    }

    [Fact]
    public void Addresses_that_no_client_here_would_try_do_not_count()
    {
        ConnectAttempt absent = new(V6, 80, "target", ConnectOutcome.Failed, Moment) { Errno = "ENETUNREACH", FailedCall = "connect" };

        Assert.Equal("yes", Say("port", absent, Works, WithoutIPv6));
    }

    [Fact]
    public void A_redirect_that_leads_nowhere_is_no_answer()
    {
        HttpExchange redirect = new("http://h.test/", V4, 80, "target", HttpOutcome.Complete, Moment)
        {
            Status = 301,
            Headers = new Dictionary<string, string> { ["location"] = "http://nowhere.test/" },
        };
        HttpExchange dead = redirect with { Purpose = "redirect", Outcome = HttpOutcome.Failed, Status = null, RedirectDepth = 1, Fault = "the name does not resolve" };

        Assert.Equal("no", Say("application", Works, redirect, dead));
        Assert.Equal("yes", Say("application", Works, redirect with { Status = 200 }));
    }

    [Theory]
    [InlineData(512L, "the response ends after 256 of 512 octets")]
    [InlineData(null, "the response ends after 256 octets, before its end is marked")] // in chunks
    public void A_cut_response_is_told_with_the_length_that_is_known(long? expected, string summary)
    {
        var cut = new HttpExchange("http://h.test/", V4, 80, "target", HttpOutcome.Truncated, Moment) { Status = 200, BodyLength = 256, ExpectedLength = expected };

        Diagnosis diagnosis = Diagnosis.Of(new EvidenceSet(new InvestigationStarted("0.1.0", "http://h.test/", TargetKind.Service, "http", "h.test", 80), Works, cut), RuleCatalog.All);

        Assert.Equal(summary, diagnosis.Questions.Single(answer => answer.Id is "application").Summary);
    }

    [Fact]
    public void An_address_that_is_not_the_expected_one_is_no_answer()
    {
        InvestigationStarted asked = new("0.1.0", "http://h.test/", TargetKind.Service, "http", "h.test", 80) { Expected = [IPAddress.Parse("192.0.2.9")] };
        var resolved = new NameResolution("h.test", NameSource.Dns, [V4], Moment, 1);

        Diagnosis diagnosis = Diagnosis.Of(new EvidenceSet(asked, resolved, Works), RuleCatalog.All);

        Assert.Equal(Status.Broken, diagnosis.Status);
        Assert.Equal(Verdict.No, diagnosis.Questions.Single(answer => answer.Id is "dns").Verdict);
    }

    [Fact]
    public void Shows_the_kernels_times_and_not_how_long_netwhy_waited_for_a_processor()
    {
        ConnectAttempt late = Works with { Elapsed = TimeSpan.FromMilliseconds(198), RoundTrip = TimeSpan.FromMilliseconds(0.43) };
        ConnectAttempt refused = new(IPAddress.Loopback, 1, "target", ConnectOutcome.Failed, TimeSpan.FromMilliseconds(127)) { Errno = "ECONNREFUSED", FailedCall = "connect" };

        Assert.Contains("accepts in 0.43 ms", Answer("port", late).Summary, StringComparison.Ordinal);
        Assert.Contains("accepts in 198 ms", Answer("port", late with { SynRetransmits = 1 }).Summary, StringComparison.Ordinal);
        Assert.DoesNotContain("127 ms", Answer("port", refused).Summary, StringComparison.Ordinal);
    }

    private static string Say(string question, params Observation[] seen) =>
        Answer(question, seen).Verdict.ToString().ToLowerInvariant();

    private static Answer Answer(string question, params Observation[] seen)
    {
        var evidence = new EvidenceSet(
            [
                new InvestigationStarted("0.1.0", "http://h.test/", TargetKind.Service, "http", "h.test", 80),
                .. seen.Select((observation, i) => observation with { Id = $"o{i + 2}" }),
            ]);
        return Diagnosis.Of(evidence, RuleCatalog.All).Questions.Single(answer => answer.Id == question);
    }
}
