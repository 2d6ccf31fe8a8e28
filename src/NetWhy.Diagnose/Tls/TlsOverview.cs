using System.Collections.Immutable;
using System.Globalization;
using NetWhy.Diagnose.Audit;
using NetWhy.Diagnose.Rules;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Tls;

/// <summary>What a TLS server takes, who it says it is, and how it answers, in lines for a person.</summary>
/// <param name="Result">The most of it in one sentence, for where nothing is wrong.</param>
/// <param name="Parts">The lines, in parts.</param>
public sealed record TlsOverview(string Result, ImmutableArray<TlsPart> Parts)
{
    private static readonly string[] Deprecated = ["SSLv3", "TLSv1.0", "TLSv1.1"]; // RFC 7568, RFC 8996

    /// <summary>Puts it together.</summary>
    /// <param name="evidence">All observations from one vantage, of a <see cref="TargetKind.Tls"/>.</param>
    public static TlsOverview Of(EvidenceSet evidence)
    {
        TlsSurvey? survey = evidence.Last<TlsSurvey>();
        CertificateChain? chain = ApplicationView.Of(evidence).Chains.FirstOrDefault(chain => survey is null || chain.Address.Equals(survey.Address))
            ?? evidence.First<CertificateChain>(chain => chain is { Purpose: "repeat", Certificates.Count: > 0 }); // the usual try came to nothing, and equal ones did not
        CertificateReview? review = chain is null ? null : evidence.Last<CertificateReview>(review => review.IsOf(chain));
        TlsPart[] parts =
        [
            new("Takes", survey is null ? "" : $"{ApplicationView.Endpoint(survey.Address, survey.Port)}, {Words.Count(survey.Connections, "connection")}, at most {survey.AtOnce} at a time, in {Words.Of(survey.Elapsed)}", survey is null ? [] : [.. Takes(survey, evidence)]),
            new("Certificate", chain is null ? "" : $"as sent{Often(chain, evidence)}", chain is null ? [] : [.. Certificate(chain, review, evidence)]),
            new("Server", "", [.. Server(evidence, survey, chain)]),
        ];
        return new TlsOverview(ResultOf(survey, chain, evidence), [.. parts.Where(part => part.Lines.Length > 0)]);
    }

    private static string ResultOf(TlsSurvey? survey, CertificateChain? chain, EvidenceSet evidence)
    {
        string[] taken = [.. (survey?.Versions ?? []).Where(version => version.IsTaken).Select(version => Spoken(version.Version)).Reverse()];
        if (taken.Length == 0)
            taken = [.. evidence.All<TlsHandshake>().Select(handshake => handshake.Version).OfType<string>().Select(Spoken).Distinct().Take(1)];
        string what = taken.Length == 0 ? "TLS" : Listed(taken);
        string result = chain switch
        {
            { Certificates: [var leaf, ..], VerifyCode: 0, NameMatches: true } => $"{what} with a certificate that is trusted here, for {Long(leaf.NotAfter - chain.At)} more",
            { VerifyCode: 0, NameMatches: false } => $"{what} with a certificate that is not for {chain.ServerName}",
            { VerifyCode: not 0 } => $"{what} with a certificate that is not trusted here: {chain.VerifyText}",
            _ => what,
        };
        return DoubtOf(evidence) is { } doubt ? $"{result}; but {doubt}." : $"{result}.";
    }

    /// <summary>What keeps a TLS handshake that was completed from being the whole answer, as part of a sentence; null for nothing.</summary>
    /// <param name="evidence">All observations from one vantage.</param>
    public static string? DoubtOf(EvidenceSet evidence)
    {
        ArgumentNullException.ThrowIfNull(evidence);
        var view = ApplicationView.Of(evidence);
        foreach (TlsHandshake handshake in view.Handshakes.Where(handshake => handshake is { Outcome: TlsOutcome.Completed, ClientCertificateRequested: true }))
        {
            switch (AnswerTo(view, handshake))
            {
                case null:
                    return "it asked for a client certificate, and what the service does without one was not seen";
                case { Status: 401 or 403 } refusal:
                    return $"it asked for a client certificate, and without one answers {refusal.Status} {refusal.Reason}".TrimEnd() + ", for that or for want of a login";
            }
        }

        return evidence.First<NotObserved>(gap => gap.What is NotObserved.AfterHandshake)?.Reason;
    }

    // What a request without a client certificate is answered: there, or at another address of the same service.
    private static HttpExchange? AnswerTo(ApplicationView view, TlsHandshake handshake) => view.Handshakes
        .Where(other => other.Port == handshake.Port && other.ClientCertificateRequested)
        .OrderBy(other => other.Address.Equals(handshake.Address) ? 0 : 1)
        .Select(other => TlsClientCertificateRequired.Asked(view, other))
        .FirstOrDefault(http => http is { Outcome: HttpOutcome.Complete or HttpOutcome.Stalled, Status: not null });

    private static IEnumerable<TlsLine> Takes(TlsSurvey survey, EvidenceSet evidence)
    {
        foreach (TlsVersionOffer version in survey.Versions.Reverse().Where(version => version.IsTaken))
        {
            TlsChoices suites = version.CipherSuites;
            string order = suites.Order switch { "server" => ", its own order", "client" => ", the client's order", "unclear" => ", no strict order", _ => "" };
            string more = suites.IsWhole ? "" : $", perhaps more ({suites.Ending})";
            yield return new TlsLine(
                Spoken(version.Version),
                $"{Words.Count(suites.Names.Count, "suite")}{order}{more}:",
                Deprecated.Contains(version.Version) ? Standing.Warning : Standing.Fine)
            {
                Items = [.. suites.Names.Select(Bare)],
            };
        }

        string[] refused = [.. survey.Versions.Where(version => version is { IsTaken: false, CipherSuites.IsWhole: true }).Select(version => Spoken(version.Version)).Reverse()];
        if (refused.Length > 0)
            yield return new TlsLine("not taken", string.Join(", ", refused), Standing.Fine);
        foreach (TlsVersionOffer unknown in survey.Versions.Where(version => version is { IsTaken: false, CipherSuites.IsWhole: false }))
            yield return new TlsLine(Spoken(unknown.Version), $"not known: {unknown.CipherSuites.Ending}", Standing.Unknown);

        if (TlsWeakness.Of(survey, evidence) is { Length: > 0 } weaknesses)
            yield return new TlsLine("weak", string.Join("; ", weaknesses.Select(weakness => weakness.What)), Standing.Warning);
        foreach (TlsLine line in Groups(survey))
            yield return line;
        if (survey.Signatures is { Names.Count: > 0 } signatures)
            yield return new TlsLine("signatures", "in TLS 1.2:", Standing.Fine) { Items = [.. signatures.Names], IsMinor = true };
        if (survey.Protocols is { } protocols)
            yield return new TlsLine("ALPN", protocols.Count == 0 ? "neither h2 nor http/1.1 is chosen" : string.Join(", ", protocols), Standing.Fine);
        if (Protections(survey) is { Length: > 0 } protections)
            yield return new TlsLine("besides", string.Join(", ", protections), Standing.Fine) { IsMinor = true };
        if (LargeHello(survey.HelloTrials) is { } hello)
            yield return hello;
        TlsRepeatedHello[] differing = [.. (survey.Repeats ?? []).Where(repeat => repeat.Answers.Count > 1)];
        if (differing.Length > 0)
            yield return new TlsLine("differs", $"several servers answer that are not set up alike, and the lines above tell of them together: {string.Join("; ", differing.Select(InWords))}", Standing.Warning);
        if (Vain(survey) is { } vain)
            yield return vain;
        if (survey.Stopped is { } reason)
            yield return new TlsLine("left out", $"not everything was asked: {reason}", Standing.Unknown);
    }

    private static TlsLine? Vain(TlsSurvey survey)
    {
        TlsRepeatedHello[] partly = [.. (survey.Repeats ?? []).Where(repeat => repeat is { Unanswered: > 0, Count: > 0 })];
        return partly.Length > 0
            ? new TlsLine("unanswered", $"{partly.Sum(repeat => repeat.Unanswered)} of {partly.Sum(repeat => repeat.Unanswered + repeat.Count)} equal hellos got no answer in time, whatever they offer: the lines above may lack what one of several servers takes", Standing.Warning)
            : survey.Unanswered > 0
            ? new TlsLine("unanswered", $"{Words.Count(survey.Unanswered, "connection")} came to nothing, and the same hello was answered on the next: too many at a time, or one of several servers", Standing.Unknown)
            : null;
    }

    /// <summary>What a hello that was sent several times was answered, in words.</summary>
    /// <param name="repeat">The hello.</param>
    internal static string InWords(TlsRepeatedHello repeat) =>
        $"of {repeat.Count} hellos that offer {Spoken(repeat.Offered).Replace("-", " to ", StringComparison.Ordinal)}, {Listed([.. repeat.Answers.Select(answer => $"{answer.Count} got {Spoken(answer.Words)}")])}";

    // One that is answered on another trial was lost by chance.
    private static TlsLine? LargeHello(IReadOnlyList<TlsHelloTrial> trials)
    {
        if (trials is not [{ IsAnswered: false, Octets: var octets } first, ..] || trials.Any(trial => trial.Octets == octets && trial.IsAnswered && trial.SegmentSize is null))
            return null;
        TlsHelloTrial? small = trials.FirstOrDefault(trial => trial.IsAnswered && trial.Octets < octets);
        string beside = small is null ? "" : $", one of {small.Octets} octets a hello";
        string what = first.IsLost ? "gets no answer:" : first.Answer.StartsWith("alert", StringComparison.Ordinal) ? "gets" : "was not tried:";
        return new TlsLine("large hello", $"a ClientHello of {octets} octets {what} {first.Answer}{beside}", small is null ? Standing.Unknown : Standing.Warning);
    }

    private static IEnumerable<TlsLine> Groups(TlsSurvey survey)
    {
        if (survey.Groups is { Names.Count: > 0 } groups)
        {
            string quantum = groups.Names.Any(TlsWeakness.IsPostQuantum) || !groups.IsWhole ? "" : "none holds against quantum computers";
            string more = groups.IsWhole ? "" : "perhaps more";
            string order = groups.Order switch { "server" => "its own order", "client" => "the client's order", null => "", _ => "no strict order" };
            string about = string.Join("; ", ((string[])[quantum, more, order]).Where(text => text.Length > 0));
            yield return new TlsLine("groups", about.Length > 0 ? $"{about}:" : "", Standing.Fine) { Items = [.. groups.Names] };
        }

        if (survey.OlderGroups is { Names.Count: > 0 } older && !older.Names.Order().SequenceEqual((survey.Groups?.Names ?? []).Order()))
            yield return new TlsLine(survey.Groups is { Names.Count: > 0 } ? "in TLS 1.2" : "groups", "", Standing.Fine) { Items = [.. older.Names], IsMinor = survey.Groups is { Names.Count: > 0 } };
        if (survey.PrimeBits is { } bits)
            yield return new TlsLine("DHE", $"a prime of {bits} bits", bits < TlsWeakness.ShortPrime ? Standing.Warning : Standing.Fine) { IsMinor = bits >= TlsWeakness.ShortPrime };
    }

    private static string[] Protections(TlsSurvey survey) =>
    [
        .. survey.RefusesFallback is { } refuses ? [refuses ? "refuses fallbacks" : "lets clients fall back to lower versions"] : Array.Empty<string>(),
        .. survey.SecureRenegotiation is { } secure ? [secure ? "secure renegotiation" : "no secure renegotiation"] : Array.Empty<string>(),
        .. survey.ExtendedMasterSecret is { } extended ? [extended ? "extended master secret" : "no extended master secret"] : Array.Empty<string>(),
        .. survey.SessionTickets is { } tickets ? [tickets ? "session tickets" : "no session tickets"] : Array.Empty<string>(),
        .. survey.Compression is false ? ["no compression"] : Array.Empty<string>(),
    ];

    private static IEnumerable<TlsLine> Certificate(CertificateChain chain, CertificateReview? review, EvidenceSet evidence)
    {
        string[] remarks = ChainOrder.Remarks(chain);
        for (int i = 0; i < chain.Certificates.Count; i++)
        {
            CertificateFacts facts = chain.Certificates[i];
            string place = facts.PathDepth is not null || i == 0 ? "" : chain.VerifyCode == 0 ? ", not needed" : ", not used";
            yield return new TlsLine(Branch(i), facts.Subject, Standing.Fine) { Detail = $"{About(facts, chain.At)}{place}" };
        }

        if (chain.OwnAnchor is { } anchor)
            yield return new TlsLine(Branch(chain.Certificates.Count), anchor.Subject, Standing.Fine) { Detail = $"{About(anchor, chain.At)}, trusted here, not sent" };
        if (remarks.Length > 0)
            yield return new TlsLine("order", string.Join("; ", remarks), ChainOrder.IsDisordered(chain) ? Standing.Warning : Standing.Fine);
        yield return new TlsLine(
            "names",
            chain.NameMatches ? $"{chain.ServerName} is among:" : $"{chain.ServerName} is not among:",
            chain.NameMatches ? Standing.Fine : Standing.Critical)
        {
            Items = chain.Certificates[0].Names is { Count: > 0 } names ? [.. names] : ["none"],
        };
        yield return Trust(chain, review);
        foreach (CertificateChain other in Others(chain, evidence).Where(other => !IsSame(chain, other)))
            yield return Beside(other);
        FetchedIssuer[] issuers = [.. evidence.All<FetchedIssuer>()];
        foreach (FetchedIssuer fetched in issuers)
        {
            string what = fetched switch
            {
                { Problem: { } problem } => $"the issuer of {fetched.Child} cannot be had: {problem}",
                { Repairs: true } => $"would repair it: with {fetched.Subject} the chain leads to a trusted root",
                _ => $"the issuer of {fetched.Child} can be had, {fetched.Subject}, and does not repair it{(issuers.Any(other => other.Repairs) ? " alone" : "")}",
            };
            yield return new TlsLine("AIA", what, fetched.Problem is null ? Standing.Warning : Standing.Unknown) { Detail = fetched.Url };
        }

        RevocationAnswer[] answers = [.. evidence.All<RevocationAnswer>()];
        string? unasked = answers.Any(answer => answer.Depth == 0) ? null
            : evidence.First<NotObserved>(gap => gap.What is RevocationAnswer.Question)?.Reason ?? "--fetch does";
        yield return Revocation(chain, review, unasked);
        foreach (RevocationAnswer answer in answers)
            yield return Answered(answer);
        if (review is { Logs: { Count: > 0 } logs })
            yield return new TlsLine("logs", $"{Words.Count(logs.Count, "timestamp")} of transparency logs:", Standing.Fine) { Items = [.. logs.Select(log => log[..Math.Min(log.Length, 16)])], IsMinor = true };
    }

    private static IEnumerable<CertificateChain> Others(CertificateChain chain, EvidenceSet evidence) => evidence.All<CertificateChain>()
        .Where(other => other is { Purpose: "repeat" or "other-key", Shown: not null, Certificates.Count: > 0 } && other.Address.Equals(chain.Address) && other.Port == chain.Port);

    private static bool IsSame(CertificateChain one, CertificateChain other) =>
        one.Certificates.Select(certificate => certificate.Fingerprint).SequenceEqual(other.Certificates.Select(certificate => certificate.Fingerprint));

    private static string Often(CertificateChain chain, EvidenceSet evidence) =>
        Others(chain, evidence).FirstOrDefault(other => IsSame(chain, other)) is { } seen ? $", on {seen.Shown} of {seen.Handshakes} connections" : "";

    private static TlsLine Beside(CertificateChain other)
    {
        CertificateFacts leaf = other.Certificates[0];
        bool isGood = other is { VerifyCode: 0, NameMatches: true };
        string judged = other.VerifyCode != 0 ? $"OpenSSL says {other.VerifyCode} ({other.VerifyText})" : other.NameMatches ? "OpenSSL accepts it" : $"{other.ServerName} is not among its names";
        string count = Words.Count(other.Certificates.Count, "certificate");
        return new TlsLine(
            other.Purpose is "repeat" ? "besides" : "other key",
            other.Purpose is "repeat"
                ? $"{other.Shown} of {other.Handshakes} connections are sent {count}, {leaf.Subject}: {judged}"
                : $"who takes no other signatures is sent {count}, {leaf.Subject}: {judged}",
            isGood ? Standing.Fine : Standing.Critical)
        {
            Detail = About(leaf, other.At),
            IsMinor = isGood && other.Purpose is not "repeat",
        };
    }

    private static string Branch(int depth) => depth == 0 ? "0" : $"{new string(' ', depth - 1)}└ {depth}";

    private static string About(CertificateFacts facts, DateTimeOffset now)
    {
        TimeSpan left = facts.NotAfter - now;
        string life = left < TimeSpan.Zero ? $"expired {Long(-left)} ago" : facts.NotBefore > now ? $"not valid for {Long(facts.NotBefore - now)} yet" : $"{Long(left)} left";
        return $"{facts.Key}, {facts.SignatureAlgorithm}, {life}";
    }

    private static TlsLine Trust(CertificateChain chain, CertificateReview? review)
    {
        bool isGood = chain.VerifyCode == 0;
        string theirs = isGood ? "OpenSSL accepts it" : $"OpenSSL says {chain.VerifyCode} ({chain.VerifyText})";
        if (review is null)
            return new TlsLine("trust", theirs, isGood ? Standing.Fine : Standing.Critical);
        string why = review.Flaws is [var flaw, ..] ? InWords(flaw) : "no flaw";
        bool isAccepted = review.IsAnchored && review.Flaws.All(flaw => !flaw.IsFatal || flaw.Defect is "MalformedName"); // which most clients pass over
        string ours = isAccepted
            ? $"by RFC 5280 a way of {review.Path.Count} leads to {(review.Path is [.., var root] ? root : "a root")}{(review.Flaws.Count > 0 ? $", with a flaw{(review.IsAccepted ? "" : " that most clients pass over")}: {why}" : "")}"
            : $"by RFC 5280 no way is good: {why}";
        Standing standing = isGood && isAccepted ? Standing.Fine : isGood || isAccepted ? Standing.Warning : Standing.Critical;
        return new TlsLine("trust", $"{ours}; {theirs}", standing);
    }

    /// <summary>A flaw on the way to the root, in words.</summary>
    /// <param name="flaw">The flaw.</param>
    internal static string InWords(CertificateFlaw flaw) => $"{Words.Uncapitalized(Spaced(flaw.Defect))} at {flaw.Subject} ({flaw.Detail})";

    private static TlsLine Answered(RevocationAnswer answer)
    {
        string who = answer.Source is "crl" ? "list" : "OCSP";
        string? said = answer is { Source: "crl", Status: "good" } ? "not on it" : answer.Status;
        string what = answer switch
        {
            { Status: null } => $"no answer: {answer.Problem}",
            { Problem: { } problem } => $"{said}, which proves nothing: {problem}",
            { Status: "revoked" } => $"revoked{(answer.RevokedAt is { } at ? $" since {Day(at)}" : "")}{(answer.Reason is { } reason ? $", {reason}" : "")}",
            { Status: not ("good" or "unknown") } => $"no answer: {answer.Status}",
            _ => $"{said}{(answer.ThisUpdate is { } from ? $" since {Day(from)}" : "")}{(answer.NextUpdate is { } to ? $" until {Day(to)}" : "")}, signed by its issuer",
        };
        Standing standing = answer switch
        {
            { IsRevoked: true } => Standing.Critical,
            { Problem: null, Status: "good" } => Standing.Fine,
            _ => Standing.Unknown,
        };
        return new TlsLine(who, answer.Depth == 0 ? what : $"of {answer.Subject}: {what}", standing)
        {
            Detail = answer.Url,
            IsMinor = answer.Depth > 0 && standing is Standing.Fine,
        };
    }

    private static TlsLine Revocation(CertificateChain chain, CertificateReview? review, string? unasked)
    {
        List<string> said = [];
        Standing standing = Standing.Fine;
        switch (chain.Staple)
        {
            case { } staple:
                string since = staple is { Status: "revoked", RevokedAt: { } revoked } ? $" since {Day(revoked)}, as told{(staple.ThisUpdate is { } told ? $" {Day(told)}" : "")}"
                    : staple.ThisUpdate is { } from ? $" since {Day(from)}" : "";
                string until = staple.NextUpdate is { } to ? $" until {Day(to)}" : "";
                bool isOld = staple.NextUpdate < chain.At && staple.Flaw is null;
                string proof = staple switch
                {
                    { IsProved: true, Flaw: { } flaw } => $", signed by its issuer or for it, and proves nothing now: {flaw}",
                    { IsProved: true } => ", signed by its issuer",
                    { Flaw: { } flaw } => $", and proves nothing: {flaw}",
                    { Status: "good" or "revoked" or "unknown" } => ", with a signature that could not be checked",
                    _ => "",
                };
                said.Add($"the stapled OCSP response {(staple.Status is OcspStaple.Unrelated ? "is about another certificate" : $"says {staple.Status}")}{since}{until}{(isOld ? ", which is over" : "")}{proof}");
                standing = staple is { Status: "good", Flaw: null } && !isOld ? Standing.Fine : Standing.Warning;
                break;
            default:
                bool mustBeThere = chain.Certificates[0].RequiresStaple is true;
                said.Add(mustBeThere ? "no OCSP response is stapled, and the certificate asks for one" : "no OCSP response is stapled");
                standing = mustBeThere ? Standing.Warning : Standing.Fine;
                break;
        }

        if (review is { OcspUrls.Count: 0, ListUrls.Count: 0 })
            said.Add("the certificate names no responder and no list");
        else if (review is not null && unasked is not null)
            said.Add($"not looked up ({unasked}): {string.Join(", ", review.OcspUrls.Concat(review.ListUrls).Take(2))}");
        return new TlsLine("revocation", string.Join("; ", said), standing);
    }

    private static IEnumerable<TlsLine> Server(EvidenceSet evidence, TlsSurvey? survey, CertificateChain? chain)
    {
        if (OtherNames(evidence) is { } names)
            yield return new TlsLine("other SNI", names, Standing.Fine) { IsMinor = names.StartsWith("the same", StringComparison.Ordinal) };
        TlsHandshake? handshake = evidence.Last<TlsHandshake>(handshake => handshake.Purpose is "target");
        if (handshake is { OctetsReceived: > 0, Greeting: null })
        {
            var view = ApplicationView.Of(evidence);
            HttpExchange? asked = AnswerTo(view, handshake);
            string where = asked is null || asked.Address.Equals(handshake.Address) ? "" : $" to {ApplicationView.Endpoint(asked.Address, asked.Port)}";
            TlsHandshake[] spoken = [.. EqualHandshakes.Of(evidence).Where(equal => equal.Address.Equals(handshake.Address)).SelectMany(equal => equal.All).Where(one => one.ClientCertificateRequested || one.Outcome is TlsOutcome.Completed)];
            int asking = spoken.Count(one => one.ClientCertificateRequested);
            string asks = handshake switch
            {
                _ when asking > 0 && asking < spoken.Length => $"asked for on {asking} of {spoken.Length} connections",
                { ClientCertificateRequested: false, Outcome: TlsOutcome.Completed } => "not asked for in the handshake", // a place of a site may ask later
                { ClientCertificateRequested: true, Outcome: TlsOutcome.Completed } when asked is not null => $"asked for; without one a request{where} is answered {asked.Status} {asked.Reason}".TrimEnd(),
                { ClientCertificateRequested: true, Outcome: TlsOutcome.Completed } => "asked for; the handshake goes on without one, and what the service does then was not seen",
                { ClientCertificateRequested: true, Outcome: TlsOutcome.Alert } => "asked for, and needed",
                _ => "",
            };
            if (asks.Length > 0)
                yield return new TlsLine("client cert", asks, handshake is { ClientCertificateRequested: true, Outcome: TlsOutcome.Completed } && asked is null ? Standing.Unknown : Standing.Fine) { IsMinor = !handshake.ClientCertificateRequested };
        }

        if (handshake is not null && evidence.First<ServiceGreeting>(greeting => greeting is { IsInTls: true, Trial: null } && greeting.Address.Equals(handshake.Address)) is { } greeting)
        {
            if (greeting.Text is { } text)
                yield return new TlsLine("says first", $"\"{text}\"", Standing.Fine) { IsMinor = true };
            else if (greeting.Ended is not null)
                yield return new TlsLine("session", $"ends {Words.Of(greeting.Waited)} after the handshake, before a word", Standing.Critical);
            else
                yield return new TlsLine("session", $"stands {Words.Of(greeting.Waited)} after the handshake; it was not watched for longer", Standing.Fine) { IsMinor = true };
        }

        if (survey?.StrictTransport is { } strict)
            yield return new TlsLine("HSTS", strict.Length == 0 ? "not sent: a browser may be led to http first" : IsOff(strict) ? $"{strict}: takes HSTS off where a browser knew it, and it may be led to http first (RFC 6797, section 6.1.1)" : strict, Standing.Fine);
        if (evidence.First<ConnectAttempt>(attempt => attempt is { Purpose: "target", RoundTrip: not null }) is { RoundTrip: { } roundTrip } && survey is not null)
        {
            string[] times =
            [
                $"TCP round trip {Words.Of(roundTrip)}",
                .. survey.FastestAnswer is { } answer ? [$"ClientHello answered in {Words.Of(answer)}"] : Array.Empty<string>(),
                .. survey.FastestHandshake is { } whole ? [$"whole handshake in {Words.Of(whole)}"] : Array.Empty<string>(),
            ];
            yield return new TlsLine("times", $"{string.Join(", ", times)}, at best", Standing.Fine);
        }
    }

    // Of a name that was asked for several times, what came of all of them: each connection may lead to another server.
    private static string? OtherNames(EvidenceSet evidence)
    {
        ILookup<string?, TlsIdentity> all = evidence.All<TlsIdentity>().ToLookup(one => one.ServerName);
        if (all.FirstOrDefault(one => one.Key is { } name && !name.EndsWith(".invalid", StringComparison.Ordinal)) is not { } own)
            return null;
        IGrouping<string?, TlsIdentity>[] others = [.. all.Where(one => one.Key != own.Key)];
        if (others.Length > 0 && others.All(other => IsSame(other, own)))
        {
            return own.Select(one => one.Fingerprint).OfType<string>().Distinct().Count() > 1
                ? "the same certificates without SNI, and for a name that it cannot know"
                : "the same certificate without SNI, and for a name that it cannot know";
        }

        if (IsUnsteady(own))
            return "not known: with the right name, not all connections are answered alike";
        return string.Join("; ", others.Select(other =>
            $"{(other.Key is null ? "without SNI" : "for a name that it cannot know")} {(IsUnsteady(other) ? "not all connections are answered alike" : AnswerOf(other.First(), own.First()))}"));
    }

    private static bool IsSame(IEnumerable<TlsIdentity> other, IEnumerable<TlsIdentity> own)
    {
        HashSet<string> known = [.. own.Select(one => one.Fingerprint).OfType<string>()], shown = [.. other.Select(one => one.Fingerprint).OfType<string>()];
        return shown.Count > 0 && shown.SetEquals(known);
    }

    private static bool IsUnsteady(IEnumerable<TlsIdentity> ones) => ones.Select(one => (one.Fingerprint, one.Alert, one.Outcome)).Distinct().Count() > 1;

    private static string AnswerOf(TlsIdentity other, TlsIdentity own) => other switch
    {
        { Fingerprint: { } fingerprint } when fingerprint == own.Fingerprint => "the same certificate",
        { Subject: { } subject } => $"another certificate: {subject}",
        { Alert: { } alert } => $"alert {alert}",
        _ => $"no certificate ({Words.Uncapitalized(other.Outcome.ToString())})",
    };

    private static string Listed(string[] items) => items.Length == 1 ? items[0] : $"{string.Join(", ", items[..^1])} and {items[^1]}";

    private static bool IsOff(string strict) => strict.Split(';').Any(part => part.Replace(" ", "", StringComparison.Ordinal).Replace("\"", "", StringComparison.Ordinal).Equals("max-age=0", StringComparison.OrdinalIgnoreCase));

    private static string Bare(string suite) => suite.StartsWith("TLS_", StringComparison.Ordinal) ? suite[4..] : suite;

    private static string Spoken(string version) => version.Replace("SSLv3", "SSL 3.0", StringComparison.Ordinal).Replace("TLSv", "TLS ", StringComparison.Ordinal);

    private static string Spaced(string name) => string.Concat(name.Select((letter, place) => place > 0 && char.IsUpper(letter) ? $" {char.ToLowerInvariant(letter)}" : $"{letter}"));

    private static string Day(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    private static string Long(TimeSpan time) => ApplicationView.Long(time);
}

/// <summary>Lines that belong together.</summary>
/// <param name="Title">What they are about.</param>
/// <param name="Note">How it was found out; empty for nothing to say.</param>
/// <param name="Lines">The lines.</param>
public sealed record TlsPart(string Title, string Note, ImmutableArray<TlsLine> Lines);

/// <summary>One line.</summary>
/// <param name="Label">What it is about.</param>
/// <param name="Text">What there is to say.</param>
/// <param name="Standing">How it stands.</param>
public sealed record TlsLine(string Label, string Text, Standing Standing)
{
    /// <summary>What the text announces, which may be shortened.</summary>
    public ImmutableArray<string> Items { get; init; } = [];

    /// <summary>Whether it may be left out where room is short.</summary>
    public bool IsMinor { get; init; }

    /// <summary>What else there is to say, fainter.</summary>
    public string Detail { get; init; } = "";
}
