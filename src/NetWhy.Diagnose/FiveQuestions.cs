using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using NetWhy.Diagnose.Paths;
using NetWhy.Diagnose.Rules;
using NetWhy.Diagnose.Sockets;
using NetWhy.Diagnose.Tls;
using NetWhy.Evidence;

namespace NetWhy.Diagnose;

/// <summary>The answer to one of the five questions.</summary>
/// <param name="Id"><c>host</c>, <c>port</c>, <c>dns</c>, <c>connection</c> or <c>application</c>.</param>
/// <param name="Verdict">The answer.</param>
/// <param name="Summary">The answer in words, with what it rests on.</param>
/// <param name="Elapsed">How long what was asked took; null if nothing was.</param>
public sealed record Answer(string Id, Verdict Verdict, string Summary, TimeSpan? Elapsed);

/// <summary>Answers to a question.</summary>
public enum Verdict
{
    /// <summary>Yes.</summary>
    Yes,

    /// <summary>No.</summary>
    No,

    /// <summary>It does, badly.</summary>
    Degraded,

    /// <summary>It could not be looked at.</summary>
    Unknown,

    /// <summary>An earlier answer, or the kind of target, makes it pointless.</summary>
    Skipped,
}

/// <summary>Answers the five questions of network debugging from the evidence of one vantage.</summary>
internal static class FiveQuestions
{
    /// <summary>Answers them, in their order.</summary>
    /// <param name="evidence">The evidence.</param>
    /// <param name="causes">What was found; a cause may turn a "yes" into "degraded".</param>
    internal static ImmutableArray<Answer> Answer(EvidenceSet evidence, ImmutableArray<RankedFinding> causes)
    {
        if (evidence.Investigation?.TargetKind is TargetKind.HostState)
        {
            string[] ids = ["host", "port", "dns", "connection", "application"];
            return [.. ids.Select(id => new Answer(id, Verdict.Skipped, "an audit asks nothing of the network", null))];
        }

        if (evidence.Investigation?.TargetKind is TargetKind.Name)
            return [.. OfName(evidence, causes)];

        Answer port = Port(evidence, causes);
        return
        [
            Tempered(Host(evidence), causes, Layer.Link, Layer.Address, Layer.Route),
            Tempered(port, causes, Layer.Firewall, Layer.Port),
            Tempered(Dns(evidence), causes, Layer.Dns),
            Tempered(Connection(evidence, port), causes, Layer.Path, Layer.Connection),
            Tempered(Application(evidence, port), causes, Layer.Proxy, Layer.Tls, Layer.Http),
        ];
    }

    private static IEnumerable<Answer> OfName(EvidenceSet evidence, ImmutableArray<RankedFinding> causes)
    {
        foreach (string id in (string[])["host", "port", "dns", "connection", "application"])
        {
            yield return id is "dns"
                ? Tempered(Dns(evidence), causes, Layer.Dns)
                : new Answer(id, Verdict.Skipped, "the name alone was asked about", null);
        }
    }

    private static Answer Tempered(Answer answer, ImmutableArray<RankedFinding> causes, params ReadOnlySpan<Layer> layers)
    {
        foreach (RankedFinding cause in causes)
        {
            if (!layers.Contains(Causes.Find(cause.Finding.Cause)!.Layer))
                continue;
            if (answer.Verdict is Verdict.Yes)
            {
                // What was got is of no use then, such as a redirect that leads nowhere, or another host's address.
                bool isUseless = answer.Id is "application" or "dns" && cause.Finding.Severity is Severity.Critical;
                return answer with
                {
                    Verdict = isUseless ? Verdict.No : Verdict.Degraded,
                    Summary = $"{answer.Summary}; but {Words.Uncapitalized(cause.Finding.Summary)}",
                };
            }

            if (answer.Verdict is Verdict.Unknown && cause.Finding.Severity is Severity.Critical)
                return answer with { Verdict = Verdict.No, Summary = cause.Finding.Summary };
        }

        return answer;
    }

    private static Answer Host(EvidenceSet evidence)
    {
        const string Id = "host";
        bool isThisMachine = evidence.Investigation?.TargetKind is TargetKind.ThisMachine;
        string purpose = isThisMachine ? "gateway" : "target";
        EchoSeries[] echoes = [.. evidence.All<EchoSeries>().Where(echo => echo.Purpose == purpose)];
        ConnectAttempt[] attempts = Attempts(evidence);
        if (echoes.FirstOrDefault(echo => echo.Received > 0) is { } answered)
        {
            return new Answer(
                Id,
                Verdict.Yes,
                $"{answered.Address} answers echo in {Milliseconds(answered.MedianRoundTrip)}"
                + (answered.Received < answered.Sent ? $" ({answered.Sent - answered.Received} of {answered.Sent} lost)" : ""),
                answered.MedianRoundTrip);
        }

        if (attempts.Concat(evidence.All<ConnectAttempt>().Where(attempt => attempt.Purpose is "control"))
            .FirstOrDefault(ProvesHost) is { } reached)
        {
            string how = reached.Outcome is ConnectOutcome.Connected ? "accepts TCP connections"
                : reached.Icmp is { } icmp ? $"answers with ICMP {icmp.Type}/{icmp.Code}"
                : "answers with a RST";
            return new Answer(Id, Verdict.Yes, $"{reached.Address} {how}", WaitOf(evidence, reached));
        }

        if (evidence.First<DatagramExchange>(datagram => datagram.Answered) is { } datagram)
            return new Answer(Id, Verdict.Yes, $"{datagram.Address} answers UDP", datagram.Elapsed);
        if (TargetView.All(evidence).Select(view => view.OnLinkAnswer).OfType<AddressResolution>().FirstOrDefault() is { } onLink)
        {
            return new Answer(
                Id, Verdict.Yes, $"{onLink.HardwareAddresses[0]} answers for {onLink.Address} on {onLink.Interface}; no echo", null);
        }

        if (evidence.First<DatagramExchange>(datagram => IsUnreachablePort(datagram.Icmp, datagram.Address)) is { } answering)
            return new Answer(Id, Verdict.Yes, $"{answering.Address} answers that the port is closed", answering.Elapsed);
        if (evidence.Investigation?.Port is null && evidence.First<PathTrace>(trace => trace.Reached) is { } trace)
            return new Answer(Id, Verdict.Yes, $"{trace.Destination} answers {trace.Protocol.ToUpperInvariant()} probes", trace.Elapsed);

        if (attempts.FirstOrDefault(attempt => attempt.Errno is not null && !IsUnsent(attempt)) is { } failed)
            return new Answer(Id, Verdict.No, $"{failed.Address}: {ErrnoWords.Of(failed.Errno, "failed")}{Offender(failed.Icmp)}", WaitOf(evidence, failed));
        if (echoes is [{ Sent: > 0 } silent, ..])
        {
            string because = silent.Errors is [{ } error, ..] ? $"answers{Offender(error)}" : "nothing answers";
            return new Answer(Id, Verdict.No, $"{silent.Address}: {because} ({silent.Sent} echo requests)", silent.Waited);
        }

        if (attempts.FirstOrDefault(IsUnsent) is { } unsent)
            return new Answer(Id, Verdict.Unknown, $"nothing could be sent to {unsent.Address}: {ErrnoWords.Of(unsent.Errno, "no error")}", unsent.Elapsed);
        if (attempts is [{ } own, ..] && IPAddress.IsLoopback(own.Address))
            return new Answer(Id, Verdict.Yes, "it is this machine", null);
        if (attempts is [{ } tried, ..])
            return new Answer(Id, Verdict.Unknown, $"{tried.Address} does not answer, and echo could not be tried", tried.Elapsed);
        if (isThisMachine && evidence.First<DnsExchange>(exchange => exchange.Outcome is DnsOutcome.Answered
            && evidence.Any<RouteLookup>(lookup => lookup.Destination.Equals(exchange.Server) && lookup.Gateway is not null)) is { } beyond)
        {
            return new Answer(Id, Verdict.Yes, $"{beyond.Server} answers from beyond the gateway", beyond.Elapsed);
        }

        if (isThisMachine && evidence.First<RouteTable>() is { } table)
        {
            return table.Routes.FirstOrDefault(route => route.Destination is "0.0.0.0/0" or "::/0" && route.Gateway is not null) is { } way
                ? new Answer(Id, Verdict.Unknown, $"the gateway {way.Gateway} could not be asked", null)
                : new Answer(Id, Verdict.Unknown, "there is no default gateway to ask", null);
        }

        if (evidence.Investigation?.TargetKind is TargetKind.Process && evidence.First<ProcessDescriptors>() is null)
            return new Answer(Id, Verdict.Unknown, "the process could not be looked into", null);
        if (evidence.Investigation?.TargetKind is TargetKind.LocalPort or TargetKind.Process)
            return new Answer(Id, Verdict.Yes, "it is this machine", null);
        if (evidence.All<ConnectAttempt>().Where(attempt => attempt.Purpose is "control").MaxBy(IsRefusedOnTheWay) is { } control)
        {
            return IsRefusedOnTheWay(control)
                ? new Answer(Id, Verdict.No, $"{control.Address}: {ErrnoWords.Of(control.Errno, "failed")}{Offender(control.Icmp)}", control.Elapsed)
                : new Answer(Id, Verdict.Unknown, $"{control.Address} answers on none of the TCP ports tried, and echo could not be tried", control.Elapsed);
        }

        return Resolution(evidence) is { Addresses.Count: 0 }
            ? new Answer(Id, Verdict.Skipped, "the name has no address", null)
            : new Answer(Id, Verdict.Unknown, "nothing could be sent", null);
    }

    private static Answer Port(EvidenceSet evidence, ImmutableArray<RankedFinding> causes)
    {
        const string Id = "port";
        if (evidence.Investigation is { TargetKind: TargetKind.Process })
            return PortsOfProcess(evidence);
        if (evidence.Investigation is { Port: null })
            return new Answer(Id, Verdict.Skipped, "no port was asked about", null);
        if (evidence.First<DatagramExchange>() is { } datagram)
        {
            return datagram switch
            {
                { Answered: true } => new Answer(Id, Verdict.Yes, $"UDP port {datagram.Port} answers", datagram.Elapsed),
                { Errno: { } errno } => new Answer(
                    Id, Verdict.No, $"UDP port {datagram.Port}: {ErrnoWords.Of(errno)}{Offender(datagram.Icmp)}", datagram.Elapsed),
                _ => new Answer(
                    Id, Verdict.Unknown, $"UDP port {datagram.Port} is silent, which an open port may be", datagram.Elapsed),
            };
        }

        ConnectAttempt[] attempts = Attempts(evidence);
        bool isBound = BoundDatagrams.At(evidence).Length > 0;
        if (IsUdpAlone(evidence, attempts))
        {
            string tcp = attempts.Length > 0 ? "; nothing listens in TCP" : "";
            return new Answer(Id, BoundDatagrams.AreFull(evidence) ? Verdict.Degraded : Verdict.Yes, BoundDatagrams.InWords(evidence) + tcp, null);
        }

        string beside = isBound ? $"; {BoundDatagrams.InWords(evidence)}" : "";
        if (attempts.FirstOrDefault(attempt => attempt.Outcome is ConnectOutcome.Connected) is { } connected)
        {
            // Without IPv6 here no client tries those addresses.
            if (Ipv6Broken.IsAbsent(evidence))
                attempts = [.. attempts.Where(attempt => !IsOutOfReach(attempt))];
            int failed = attempts.Count(attempt => attempt.Outcome is not ConnectOutcome.Connected);
            string others = failed > 0 ? $"; {failed} of {attempts.Length} addresses fail" : "";
            return new Answer(
                Id,
                // An address that fails at once, as ::1 of a service on 127.0.0.1 does, costs nobody anything.
                failed > 0 && !causes.IsEmpty ? Verdict.Degraded : Verdict.Yes,
                $"{Endpoint(connected.Address, connected.Port)} accepts in {Milliseconds(WaitOf(evidence, connected))}{others}{beside}",
                WaitOf(evidence, connected));
        }

        if (attempts.FirstOrDefault(attempt => attempt.Outcome is ConnectOutcome.Failed) is { } refused)
        {
            // Nothing on the way within a machine could take time: what was measured is how long this process had to wait.
            bool isMeaningless = IPAddress.IsLoopback(refused.Address);
            string after = isMeaningless ? "" : $" after {Milliseconds(WaitOf(evidence, refused))}";
            return new Answer(
                Id,
                Verdict.No,
                $"{Endpoint(refused.Address, refused.Port)}: {ErrnoWords.Of(refused.Errno, "failed")}{after}{Offender(refused.Icmp)}{beside}",
                isMeaningless ? null : WaitOf(evidence, refused));
        }

        if (attempts is [{ } silent, ..])
        {
            return new Answer(
                Id,
                Verdict.No,
                evidence.Any<FlowSighting>(flow => flow.SynsOut == 0 && flow.SourcePort == silent.SourcePort && flow.Address.Equals(silent.Address) && flow.Port == silent.Port)
                    ? $"{Endpoint(silent.Address, silent.Port)}: {Words.Count(silent.SynRetransmits + 1, "SYN")} in {Words.Of(silent.Elapsed)}, none of which left this machine{beside}"
                    : $"{Endpoint(silent.Address, silent.Port)}: no answer to {Words.Count(silent.SynRetransmits + 1, "SYN")} in {Words.Of(silent.Elapsed)}{beside}",
                silent.Elapsed);
        }

        return Resolution(evidence) is { Addresses.Count: 0 }
            ? new Answer(Id, Verdict.Skipped, "the name has no address", null)
            : new Answer(Id, Verdict.Unknown, "no connection could be tried", null);
    }

    // Nothing of TCP is at the port asked about, and something of UDP is.
    private static bool IsUdpAlone(EvidenceSet evidence, ConnectAttempt[] attempts) =>
        BoundDatagrams.AreMeant(evidence)
        && attempts.All(attempt => attempt is { Errno: "ECONNREFUSED", Icmp: null })
        && !evidence.Any<Listener>(listener => listener.Protocol is "tcp" && listener.Port == evidence.Investigation?.Port);

    private static Answer PortsOfProcess(EvidenceSet evidence)
    {
        string[] places =
        [
            .. evidence.All<Listener>().Select(listener => $"{listener.Protocol} {Endpoint(listener.Address, listener.Port)}")
                .Concat(evidence.All<UnixListener>().Select(listener => $"unix {listener.Name}"))
                .Concat(evidence.All<UnixDatagrams>().Where(socket => socket.Pid == evidence.Investigation?.Pid).Select(socket => $"unix datagrams {socket.Name}"))
                .Distinct(),
        ];
        return evidence.First<ProcessDescriptors>() is null ? new Answer("port", Verdict.Skipped, "the sockets of the process could not be seen", null)
            : places.Length == 0 ? new Answer("port", Verdict.Skipped, "the process listens nowhere", null)
            : new Answer("port", Verdict.Skipped, $"it listens on {string.Join(", ", places.Take(4))}{(places.Length > 4 ? $" and {places.Length - 4} more" : "")}", null);
    }

    private static Answer ConnectionsOfProcess(EvidenceSet evidence)
    {
        if (evidence.Last<SocketCensus>(census => census.Subject.StartsWith("pid:", StringComparison.Ordinal)) is not { } census
            || evidence.First<ProcessDescriptors>() is null)
        {
            return new Answer("connection", Verdict.Skipped, "its connections could not be seen", null);
        }

        string counts = string.Join(", ", census.Counts
            .Where(state => state.Value > 0 && state.Key is not "listen")
            .OrderByDescending(state => state.Value)
            .Select(state => $"{state.Value} {state.Key}"));
        return new Answer("connection", Verdict.Skipped, counts.Length == 0 ? "it has no TCP connections" : $"its TCP connections: {counts}", null);
    }

    private static Answer Dns(EvidenceSet evidence)
    {
        const string Id = "dns";
        if (evidence.Investigation is { TargetKind: TargetKind.ThisMachine })
            return Resolvers(evidence);
        if (evidence.Investigation is { Literal: not null } or { Host: null })
            return new Answer(Id, Verdict.Skipped, "the target is no name", null);

        NameResolution? resolution = Resolution(evidence);
        return resolution switch
        {
            null => new Answer(Id, Verdict.Unknown, "the name was not resolved in time", null),
            { Addresses: [var first, ..] addresses } => new Answer(
                Id,
                Verdict.Yes,
                $"{first}{(addresses.Count > 1 ? $" and {addresses.Count - 1} more" : "")} from {SourceOf(resolution)} in {Milliseconds(resolution.ApplicationTime)}",
                resolution.ApplicationTime),
            { Records: [var first, ..] records } => new Answer(
                Id,
                Verdict.Yes,
                $"{evidence.Investigation!.RecordType} {first}{(records.Count > 1 ? $" and {records.Count - 1} more" : "")} from {SourceOf(resolution)} in {Milliseconds(resolution.ApplicationTime)}",
                resolution.ApplicationTime),
            _ => new Answer(
                Id, Verdict.No, $"{resolution.Name} does not resolve: {resolution.Error}; an application waits {Words.Of(resolution.ApplicationTime)} for that", resolution.ApplicationTime),
        };
    }

    private static Answer Resolvers(EvidenceSet evidence)
    {
        DnsExchange[] exchanges = [.. evidence.All<DnsExchange>().Where(exchange => exchange.IsConfigured)];
        if (exchanges.FirstOrDefault(exchange => exchange.Outcome is DnsOutcome.Answered) is { } answered)
        {
            return new Answer(
                "dns", Verdict.Yes, $"{answered.Server} answers in {Milliseconds(answered.Elapsed)}", answered.Elapsed);
        }

        return exchanges.Length > 0
            ? new Answer("dns", Verdict.No, "no configured resolver answers", exchanges.Max(exchange => exchange.Elapsed))
            : new Answer("dns", Verdict.Unknown, "no resolver was asked", null);
    }

    private static Answer Connection(EvidenceSet evidence, Answer port)
    {
        const string Id = "connection";
        if (evidence.Investigation is { TargetKind: TargetKind.Process })
            return ConnectionsOfProcess(evidence);
        if (port.Verdict is Verdict.Skipped or Verdict.No or Verdict.Unknown)
        {
            return new Answer(
                Id, Verdict.Skipped, port.Verdict is Verdict.Skipped ? port.Summary : "there is no connection", null);
        }

        if (evidence.First<DatagramExchange>() is not null || IsUdpAlone(evidence, Attempts(evidence)))
            return new Answer(Id, Verdict.Skipped, "UDP has no connections", null);

        TcpInfoSample? sample = evidence.Last<TcpInfoSample>(sample => sample.Moment is "end" or "stalled")
            ?? evidence.First<TcpInfoSample>();
        if (evidence.First<HttpExchange>(http => IsTarget(http.Purpose) && http.Outcome is HttpOutcome.Reset) is { } reset
            && !evidence.Any<HttpExchange>(http => IsTarget(http.Purpose) && http.Outcome is HttpOutcome.Complete))
        {
            return new Answer(Id, Verdict.No, $"{Endpoint(reset.Address, reset.Port)} resets it", reset.Elapsed);
        }

        return sample is null
            ? new Answer(Id, Verdict.Unknown, "the kernel's account of it could not be read", null)
            : new Answer(
                Id,
                Verdict.Yes,
                $"round trip {Milliseconds(sample.RoundTrip)}, {Words.Count(sample.TotalRetransmits, "retransmit")}, segments of {sample.SendMss}",
                sample.RoundTrip);
    }

    private static Answer Application(EvidenceSet evidence, Answer port)
    {
        const string Id = "application";
        if (evidence.Investigation is { TargetKind: TargetKind.Process })
        {
            return evidence.First<ProcessDescriptors>() is { } process
                ? new Answer(Id, Verdict.Skipped, $"{process.Name} has {process.Open} of at most {process.Limit} descriptors open, {process.Sockets} of them sockets", null)
                : new Answer(Id, Verdict.Skipped, "its descriptors could not be seen", null);
        }

        if (port.Verdict is Verdict.Skipped)
            return new Answer(Id, Verdict.Skipped, port.Summary, null);
        if (port.Verdict is Verdict.No)
            return new Answer(Id, Verdict.Skipped, "there is no connection to speak on", null);

        TlsHandshake[] handshakes = [.. evidence.All<TlsHandshake>().Where(handshake => IsTarget(handshake.Purpose))];
        HttpExchange[] exchanges = [.. evidence.All<HttpExchange>().Where(http => IsTarget(http.Purpose))];
        if (evidence.First<ProxyTunnel>(tunnel => tunnel.Status is not (>= 200 and < 300)) is { } tunnel && exchanges.Length == 0)
        {
            string said = tunnel.Status is { } code ? $"says {code} {tunnel.Reason}" : Words.Uncapitalized($"{tunnel.Outcome}");
            return new Answer(Id, Verdict.No, $"the proxy {Endpoint(tunnel.Proxy, tunnel.Port)} {said}", tunnel.Elapsed);
        }

        if (exchanges.Length == 0 && handshakes.Length == 0
            && evidence.First<TlsHandshake>(handshake => handshake is { Purpose: "proxy", Outcome: not TlsOutcome.Completed }) is { } unsecured)
        {
            return new Answer(Id, Verdict.No, $"the TLS handshake with the proxy {HandshakeEnd(unsecured)}", unsecured.Elapsed);
        }

        if (evidence.First<CertificateChain>(chain => IsTarget(chain.Purpose) && (chain.VerifyCode != 0 || !(chain.NameMatches || Rules.TlsNameMismatch.IsNameless(evidence)))) is { } chain)
        {
            string why = chain.VerifyCode != 0 ? chain.VerifyText : $"it is not for {chain.ServerName}";
            return new Answer(Id, Verdict.No, $"the certificate is not accepted: {why}", handshakes.FirstOrDefault()?.Elapsed);
        }

        // The last exchange of the chain of redirects is the answer; a working address beats a failing one.
        HttpExchange? best = exchanges.LastOrDefault(http => http is { Outcome: HttpOutcome.Complete, Status: < 400 })
            ?? exchanges.LastOrDefault(http => http.Outcome is HttpOutcome.Complete)
            ?? exchanges.LastOrDefault();
        if (best is not null)
            return Http(best);
        TlsHandshake[] sessions = [.. handshakes.Where(handshake => handshake.Outcome is TlsOutcome.Completed)];
        if ((sessions.FirstOrDefault(session => EndOf(evidence, session) is null) ?? sessions.FirstOrDefault()) is { } done)
        {
            string session = $"{done.Version} with {done.CipherSuite}";
            return EndOf(evidence, done) is { } end
                ? new Answer(Id, Rules.ConnectionReset.MayBeIdleness(end) ? Verdict.Degraded : Verdict.No, $"{session}, and the session ends before a word", done.Elapsed)
                : new Answer(Id, Verdict.Yes, session, done.Elapsed);
        }

        if (handshakes is [{ } failed, ..])
        {
            if (EqualHandshakes.Of(evidence).FirstOrDefault(equal => equal.MayBeMoment && equal.All[0] == failed) is { } equal)
                return new Answer(Id, Verdict.Degraded, $"the TLS handshake {HandshakeEnd(failed)}; {equal.All.Count(one => one.Outcome is TlsOutcome.Completed)} of {equal.All.Length - 1} equal ones afterwards were made", failed.Elapsed);
            return new Answer(Id, Verdict.No, $"the TLS handshake {HandshakeEnd(failed)}", failed.Elapsed);
        }

        if (evidence.First<DnsExchange>(exchange => exchange is { Purpose: "service", Outcome: DnsOutcome.Answered }) is { } dns)
        {
            return new Answer(
                Id, dns.ResponseCode is "SERVFAIL" ? Verdict.Degraded : Verdict.Yes,
                $"it answers DNS: {dns.ResponseCode} for {dns.Name} {dns.Type}", dns.Elapsed);
        }

        if (evidence.First<ServiceGreeting>() is { } greeting)
        {
            return greeting switch
            {
                { Text: { } text } => new Answer(Id, Verdict.Yes, $"it says \"{text}\"", greeting.Waited),
                { Ended: { } ended } => new Answer(Id, Verdict.No, $"the connection ends before a word: {ended}", greeting.Waited),
                _ => new Answer(Id, Verdict.Unknown, "it waits for the client to speak, in a protocol not named", greeting.Waited),
            };
        }

        if (IsUdpAlone(evidence, Attempts(evidence)))
            return new Answer(Id, Verdict.Skipped, "whether it answers is not known: what to ask it by UDP was not said", null);
        return evidence.First<DatagramExchange>(datagram => datagram.Answered) is { } reply
            ? new Answer(Id, Verdict.Yes, $"{reply.OctetsReceived} octets came back", reply.Elapsed)
            : new Answer(Id, Verdict.Unknown, WhyUnanswered(evidence), null);
    }

    // How a session ended before a word. Where one stays whose client names a protocol, it is no end of the service.
    private static ServiceGreeting? EndOf(EvidenceSet evidence, TlsHandshake handshake)
    {
        return Greeting(null) is { Text: null, Ended: not null } end && Greeting("alpn") is not { Ended: null } ? end : null;

        ServiceGreeting? Greeting(string? trial) => evidence.First<ServiceGreeting>(greeting =>
            greeting.IsInTls && greeting.Trial == trial && greeting.Address.Equals(handshake.Address) && greeting.Port == handshake.Port);
    }

    private static string WhyUnanswered(EvidenceSet evidence) =>
        evidence.Investigation?.Scheme is "http" or "https" or "tls" || evidence.WasInterrupted
            ? "no answer had come when the investigation ended"
            : "the protocol is not known";

    private static Answer Http(HttpExchange http)
    {
        Verdict verdict = http switch
        {
            { Outcome: HttpOutcome.Complete, Status: < 400 } => Verdict.Yes,
            { Outcome: HttpOutcome.Stalled, Status: < 400 } when Rules.ApplicationView.IsEndless(http) => Verdict.Yes,
            { Outcome: HttpOutcome.Complete, Status: < 500 } => Verdict.Degraded,
            _ => Verdict.No,
        };
        string summary = http.Outcome switch
        {
            HttpOutcome.Complete when http.StoppedByUs && Rules.ApplicationView.IsEndless(http) => $"{http.Status} {http.Reason}, and a stream without an end",
            HttpOutcome.Complete => $"{Rules.ApplicationView.Answer(http)} in {Milliseconds(http.Elapsed)}",
            HttpOutcome.NoAnswer => $"no answer to the request in {Words.Of(http.Elapsed)}",
            HttpOutcome.Stalled when http.StoppedByUs => $"the header is not whole after {Words.Of(http.Elapsed)}",
            HttpOutcome.Stalled when Rules.ApplicationView.IsEndless(http) => $"{http.Status} {http.Reason}, and a stream without an end",
            HttpOutcome.Stalled => $"the response stops after {http.BodyLength} octets",
            HttpOutcome.ClosedEarly => "the peer closes without an answer",
            HttpOutcome.Truncated => $"the response ends after {http.BodyLength} {(http.ExpectedLength is { } whole ? $"of {whole} octets" : "octets, before its end is marked")}",
            HttpOutcome.Reset => "the connection is reset",
            HttpOutcome.Malformed => $"no valid HTTP response: {http.Fault}",
            _ => $"the request failed: {ErrnoWords.Of(http.Errno, http.Fault ?? "without an error")}",
        };
        return new Answer("application", verdict, summary, http.Elapsed);
    }

    private static string HandshakeEnd(TlsHandshake handshake) => handshake.Outcome switch
    {
        TlsOutcome.Alert => $"ends with {(handshake.AlertIsOurs ? "our" : "the server's")} alert {handshake.Alert}",
        TlsOutcome.Stalled => handshake.OctetsReceived == 0 ? "gets no answer to the ClientHello" : "stops half-way",
        TlsOutcome.Reset => "is reset",
        TlsOutcome.Closed => "is closed by the peer",
        TlsOutcome.NotTls => $"meets something else: \"{handshake.Greeting}\"",
        _ => $"fails here: {handshake.LibraryReason}",
    };

    // Of one SYN, the kernel measured the round trip, and the interface saw when the RST came; our own clock also ran while
    // this process waited for a processor.
    private static TimeSpan WaitOf(EvidenceSet evidence, ConnectAttempt attempt) => attempt switch
    {
        { SynRetransmits: 0, RoundTrip: { } roundTrip } when roundTrip > TimeSpan.Zero => roundTrip,
        { Errno: "ECONNREFUSED", Icmp: null } when evidence.First<FlowSighting>(flow =>
            flow.SourcePort == attempt.SourcePort && flow.Address.Equals(attempt.Address) && flow.Port == attempt.Port) is { SynsOut: 1, RstDelay: { } delay } => delay,
        _ => attempt.Elapsed,
    };

    private static bool IsOutOfReach(ConnectAttempt attempt) =>
        attempt is { Errno: "ENETUNREACH" or "EADDRNOTAVAIL", Icmp: null, Address.AddressFamily: AddressFamily.InterNetworkV6 };

    private static ConnectAttempt[] Attempts(EvidenceSet evidence) =>
        [.. evidence.All<ConnectAttempt>().Where(attempt => attempt.Purpose is "target" or "proxy")];

    private static NameResolution? Resolution(EvidenceSet evidence) =>
        evidence.Last<NameResolution>(resolution => resolution.Name == evidence.Investigation?.Host);

    private static bool IsTarget(string purpose) => purpose is "target" or "redirect";

    // A RST or an ICMP error from the host itself proves that it is there; one that says "prohibited" may be forged.
    private static bool ProvesHost(ConnectAttempt attempt) =>
        attempt.Outcome is ConnectOutcome.Connected
        || (attempt is { Errno: "ECONNREFUSED", Icmp: null } && attempt.Elapsed > TimeSpan.Zero)
        || IsUnreachablePort(attempt.Icmp, attempt.Address);

    // About the address, and not about the port.
    private static bool IsRefusedOnTheWay(ConnectAttempt attempt) =>
        attempt.Icmp is { Meaning: IcmpMeaning.HostUnreachable or IcmpMeaning.NoRoute or IcmpMeaning.RouteRejected };

    private static bool IsUnreachablePort(IcmpError? error, IPAddress address) =>
        error is { IsOwnAddress: false } && error.Offender.Equals(address)
        && (error.Type, error.Code) == (address.AddressFamily is AddressFamily.InterNetworkV6 ? (1, 4) : (3, 3));

    // This machine kept the SYN, for lack of something or by a rule: that says nothing of the host.
    private static bool IsUnsent(ConnectAttempt attempt) =>
        attempt.FailedCall is "socket" or "bind"
        || attempt.Errno is "EMFILE" or "ENFILE" or "ENOBUFS" or "ENOMEM" or "EADDRNOTAVAIL" or "EPERM";

    private static string SourceOf(NameResolution resolution) => resolution.Source switch
    {
        NameSource.HostsFile => "the hosts file",
        NameSource.Dns => resolution.AnsweredBy is { } server ? $"{server}" : "DNS",
        NameSource.User => "the command line",
        _ => "the target itself",
    };

    private static string Offender(IcmpError? error) => error switch
    {
        null => "",
        { IsOwnAddress: true } => $" (ICMP {error.Type}/{error.Code} by this machine)",
        _ => $" (ICMP {error.Type}/{error.Code} from {error.Offender})",
    };

    private static string Endpoint(IPAddress address, int port) => Paths.TargetView.InWords(address, port);

    private static string Milliseconds(TimeSpan? time) => time is { } known
        ? Words.Of(known)
        : "unknown time";

}
