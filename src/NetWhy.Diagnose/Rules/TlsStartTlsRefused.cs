using NetWhy.Evidence;

namespace NetWhy.Diagnose.Rules;

/// <summary>A service that begins in the clear does not go on with TLS.</summary>
public sealed class TlsStartTlsRefused : IRule
{
    private const string Id = "tls-starttls-refused";

    /// <inheritdoc/>
    public RuleInfo Info { get; } = new(Id, Source: "RFC 3207; RFC 9051, section 6.2.1; RFC 6120, section 5; RFC 4511, section 4.14", Id);

    /// <inheritdoc/>
    public IEnumerable<Finding> Evaluate(EvidenceSet evidence)
    {
        foreach (StartTlsDialogue dialogue in evidence.All<StartTlsDialogue>().Where(dialogue => dialogue.Refusal is not null).DistinctBy(dialogue => dialogue.Address))
            yield return Describe(dialogue);
    }

    private static Finding Describe(StartTlsDialogue dialogue)
    {
        string server = ApplicationView.Endpoint(dialogue.Address, dialogue.Port);
        string refusal = dialogue.Refusal!;
        bool isBlotted = refusal.Contains("blotted", StringComparison.Ordinal);
        bool isAboutTls = dialogue.Step is null or "offer" or "wish";
        bool isMute = refusal.StartsWith("it does not greet", StringComparison.Ordinal);
        bool isSilence = isMute || refusal.StartsWith("it does not answer", StringComparison.Ordinal);
        List<Reason> reasons =
        [
            dialogue.Weigh(isMute ? Weight.Strong : isSilence ? Weight.VeryStrong : Weight.Decisive, $"{(isAboutTls ? "asked for TLS in" : "before TLS can be asked for in")} {dialogue.Protocol}: {refusal}"),
        ];
        if (dialogue.Said.Length > 0)
            reasons.Add(dialogue.Weigh(Weight.Context, $"it said \"{dialogue.Said}\""));
        return new Finding(
            Id,
            Severity.Critical,
            isBlotted ? Where.Path : isMute ? Where.Unknown : Where.Remote,
            isAboutTls
                ? $"{server} does not go on with TLS when asked in {dialogue.Protocol}: {refusal}."
                : $"With {server} it comes to no TLS in {dialogue.Protocol}, because nothing can be asked for: {refusal}.",
            [.. reasons])
        {
            Subject = dialogue.Address,
            Remedies =
            [
                RemedyFor(dialogue, isBlotted, isAboutTls, isSilence),
                new Remedy("See the dialogue.", $"openssl s_client -connect {server} -starttls {dialogue.Protocol} </dev/null"),
            ],
            Next = [isAboutTls || isSilence
                ? "Is it the right protocol and port? Services that speak TLS from the first octet have other ports: 465, 636, 993, 995."
                : "Ask again from another address and in an hour: does it turn away this client, this moment, or everybody?"],
        };
    }

    private static Remedy RemedyFor(StartTlsDialogue dialogue, bool isBlotted, bool isAboutTls, bool isSilence)
    {
        if (isBlotted)
            return new Remedy("On the firewall between: switch off its inspection of SMTP (Cisco: no inspect esmtp), which blots STARTTLS out.");
        if (isSilence)
            return new Remedy("See whether the service hangs, waits for a name server, or holds back its greeting longer than we wait; and whether it speaks this protocol at all.", On: Fix.Server(dialogue.Address));
        if (dialogue.Refusal!.Contains("(PREAUTH)", StringComparison.Ordinal))
            return new Remedy("Ask where TLS begins at once, or without the tunnel that logs in.", $"netwhy tls {ApplicationView.Endpoint(dialogue.Address, 993)}");
        if (!isAboutTls && dialogue.Refusal.Contains("(host-", StringComparison.Ordinal))
            return new Remedy("Ask for a domain that it serves.", $"netwhy tls {ApplicationView.Endpoint(dialogue.Address, dialogue.Port)} --starttls {dialogue.Protocol} --servername DOMAIN");
        if (!isAboutTls)
            return new Remedy("Look up in the service's log why it turns this client away: a list of blocked addresses, a limit of connections, a name that does not resolve.", On: Fix.Server(dialogue.Address));
        return dialogue.Protocol is "smtp" or "lmtp"
            ? new Remedy("Give the service a certificate and switch TLS on (Postfix).", "postconf -e smtpd_tls_security_level=may smtpd_tls_chain_files=/etc/ssl/private/chain.pem && postfix reload", Fix.Server(dialogue.Address))
            : new Remedy("Give the service a certificate and switch TLS on.", On: Fix.Server(dialogue.Address));
    }
}
