using System.Net;
using NetWhy.Diagnose;
using NetWhy.Evidence;

namespace NetWhy.Tests.App;

/// <summary>Diagnoses made by hand, with all that a report must show.</summary>
internal static class SampleDiagnosis
{
    private static readonly IPAddress Server = IPAddress.Parse("10.0.2.10");
    private static readonly DateTimeOffset Start = new(2026, 11, 22, 10, 0, 0, TimeSpan.Zero);

    /// <summary>Something is broken, something else is slow, something is harmless, and something could not be seen.</summary>
    public static Diagnosis Broken()
    {
        Observation[] seen = Number(
            new InvestigationStarted("0.1.0", "https://api.lab.test/health", TargetKind.Service, "https", "api.lab.test", 443) { Path = "/health" },
            new NameResolution("api.lab.test", NameSource.Dns, [Server, IPAddress.Parse("2001:db8::10")], TimeSpan.FromMilliseconds(2.4), 2),
            new ConnectAttempt(Server, 443, "target", ConnectOutcome.Connected, TimeSpan.FromMilliseconds(0.6)),
            new TlsHandshake(Server, 443, "target", "api.lab.test", TlsOutcome.Stalled, TimeSpan.FromSeconds(1.7)),
            new SizedPacketSeries(Server, "icmp", [new SizeTrial(1400, 3, 3), new SizeTrial(1500, 3, 0)]),
            new NotObserved("the firewall rules of this machine", "needs CAP_NET_ADMIN"),
            new NotObserved("connection tracking", "needs CAP_NET_ADMIN"),
            new NotObserved("packets on the interface", "needs CAP_NET_RAW"),
            new InvestigationEnded(TimeSpan.FromSeconds(1.83), false));
        var root = new Finding(
            "path-mtu-black-hole",
            Severity.Critical,
            Where.Path,
            "Packets over 1400 octets vanish between here and 10.0.2.10 and no router says why.",
            [
                seen[4].Weigh(Weight.Decisive, "echo of 1400 octets is answered 3 of 3 times, of 1500 octets never"),
                seen[3].Weigh(Weight.Strong, "the handshake stalls where the server sends its first full segments, after the ClientHello was acknowledged"),
                seen[2].Weigh(Weight.Context, "small packets pass: the connection stands after 0.6 ms"),
                seen[1].Weigh(Weight.HintAgainst, "the name has two addresses and only one was tried"),
            ])
        {
            Remedies =
            [
                new Remedy("Clamp the MSS where the path narrows.", "iptables -t mangle -A FORWARD -p tcp --tcp-flags SYN,RST SYN -j TCPMSS --clamp-mss-to-pmtu"),
                new Remedy("Or lower the MTU of the route.", "ip route change default via 10.0.1.1 dev eth0 mtu 1400"),
            ],
            Next = ["On the router before 10.0.2.10: is ICMP type 3 code 4 filtered?"],
        };
        var symptom = new Finding("tls-handshake-stall", Severity.Critical, Where.Unknown, "The handshake stalls.", [seen[3].Weigh(Weight.Strong, "it stalls")]);
        var other = new Finding(
            "dns-slow", Severity.Warning, Where.Resolver, "The resolver 10.0.0.53 takes 2.4 s to answer.", [seen[1].Weigh(Weight.VeryStrong, "2.4 s")])
        {
            Remedies = [new Remedy("Ask another resolver.", "resolvectl dns eth0 10.0.0.54")],
        };
        var note = new Finding("icmp-filtered", Severity.Info, Where.Path, "Large echo requests are filtered.", [seen[4].Weigh(Weight.Context, "")]);
        var doubtful = new Finding("packet-loss", Severity.Warning, Where.Path, "Packets may be lost.", [seen[4].Weigh(Weight.Hint, "three are")]);
        return new Diagnosis(
            Status.Broken,
            [
                new Answer("host", Verdict.Yes, "10.0.2.10 answers echo in 0.4 ms", TimeSpan.FromMilliseconds(0.4)),
                new Answer("port", Verdict.Degraded, "10.0.2.10:443 accepts in 0.6 ms; 1 of 2 addresses fail", TimeSpan.FromMilliseconds(0.6)),
                new Answer("dns", Verdict.Degraded, "10.0.2.10 and 1 more from 10.0.0.53 in 2.4 ms", TimeSpan.FromMilliseconds(2.4)),
                new Answer("connection", Verdict.Unknown, "the kernel's account of it could not be read", null),
                new Answer("application", Verdict.No, "the TLS handshake stops half-way", TimeSpan.FromSeconds(1.7)),
            ],
            [new RankedFinding(root, [symptom]), new RankedFinding(other, [])],
            [note],
            [doubtful],
            [.. seen.OfType<NotObserved>()],
            new EvidenceSet(seen));
    }

    /// <summary>Nothing is wrong, and nothing was asked for but a host.</summary>
    public static Diagnosis Healthy()
    {
        Observation[] seen = Number(
            new InvestigationStarted("0.1.0", "10.0.2.10", TargetKind.Host, null, "10.0.2.10", null) { Literal = Server },
            new EchoSeries(Server, "target", 84, 3, 3) { MedianRoundTrip = TimeSpan.FromMilliseconds(0.4) },
            new InvestigationEnded(TimeSpan.FromSeconds(0.2), false));
        return new Diagnosis(
            Status.Healthy,
            [
                new Answer("host", Verdict.Yes, "10.0.2.10 answers echo in 0.4 ms", TimeSpan.FromMilliseconds(0.4)),
                new Answer("port", Verdict.Skipped, "no port was asked about", null),
                new Answer("dns", Verdict.Skipped, "the target is no name", null),
                new Answer("connection", Verdict.Skipped, "no port was asked about", null),
                new Answer("application", Verdict.Skipped, "no port was asked about", null),
            ],
            [],
            [],
            [],
            [],
            new EvidenceSet(seen));
    }

    /// <summary>Much more of everything than fits a screen, in the words of somebody who wants to steer the terminal.</summary>
    public static Diagnosis Hostile()
    {
        const string Evil = "\u001b]0;owned\u0007\u001b[2J[red]x[/] [/] \u202e \u009b31m\r\nfake: healthy";
        string flood = string.Concat(Enumerable.Repeat(Evil + " ", 200));
        Diagnosis sample = Broken();
        Observation[] seen = [.. sample.Evidence.Observations, .. Enumerable.Range(0, 30).Select(i => new NotObserved(flood, $"{i} {flood}") { Id = Evil, Probe = Evil })];
        Finding finding = sample.Causes[0].Finding with
        {
            Summary = flood,
            Reasons = [.. Enumerable.Range(0, 30).Select(i => seen[4].Weigh(Weight.Strong, $"{i} {flood}"))],
            Remedies = [.. Enumerable.Range(0, 30).Select(i => new Remedy(flood, $"echo {i} {Evil}"))],
            Next = [.. Enumerable.Repeat(flood, 30)],
        };
        return sample with
        {
            Questions = [.. sample.Questions.Select(answer => answer with { Summary = flood })],
            Causes = [.. Enumerable.Repeat(new RankedFinding(finding, [.. Enumerable.Repeat(finding, 30)]), 30)],
            Notes = [.. Enumerable.Repeat(finding, 30)],
            Doubtful = [.. Enumerable.Repeat(finding, 30)],
            NotObserved = [.. seen.OfType<NotObserved>()],
            Evidence = new EvidenceSet(seen),
        };
    }

    private static Observation[] Number(params Observation[] observations) =>
    [
        .. observations.Select((observation, i) => observation with
        {
            Id = $"o{i + 1}",
            Probe = observation switch
            {
                InvestigationStarted or InvestigationEnded => "investigation",
                NotObserved { Reason: "needs CAP_NET_RAW" } => "packet.watch",
                NotObserved => "local.firewall",
                _ => "sample.probe",
            },
            Vantage = "client net:[1]",
            At = Start.AddMilliseconds(i * 12.5),
        }),
    ];
}
