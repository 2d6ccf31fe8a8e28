using System.Globalization;
using NetWhy.Diagnose.Captures;
using NetWhy.Diagnose.Paths;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Rules;

/// <summary>Datagrams in a capture that ICMP errors answer.</summary>
public sealed class CapturedRefusals : IRule
{
    private const int FirstTracePort = 33434, LastTracePort = 33534; // of traceroute, whose port is meant to be closed
    private const int QuicPort = 443; // whoever tries it goes on with TCP
    private const int NamePort = 53; // told by the rule for name servers

    /// <inheritdoc/>
    public RuleInfo Info { get; } = new("captured-refusals", Source: "RFC 792; RFC 4443; RFC 1122, section 4.1.3.1", "port-closed", "port-rejected", "route-prohibited", "host-unreachable");

    /// <inheritdoc/>
    public IEnumerable<Finding> Evaluate(EvidenceSet evidence)
    {
        foreach (CapturedRefusal refusal in evidence.All<CapturedRefusal>().Where(one => one is { Protocol: "udp", Count: >= 3 }))
        {
            int port = refusal.Destination.Port;
            if (port is NamePort or (>= FirstTracePort and <= LastTracePort) || refusal.Source.Port == NamePort || KindOf(refusal.Error) is not { } kind)
                continue;
            yield return new Finding(
                kind.Cause, port == QuicPort ? Severity.Info : Severity.Warning, refusal.Error.Offender.Equals(refusal.Destination.Address) ? Where.Remote : Where.Path,
                string.Create(CultureInfo.InvariantCulture, $"{refusal.Error.Offender} says that UDP port {port} of {refusal.Destination.Address} {kind.Says}."),
                [refusal.Weigh(Weight.VeryStrong, string.Create(CultureInfo.InvariantCulture, $"ICMP type {refusal.Error.Type} code {refusal.Error.Code}, {refusal.Count} times{CapturedScene.Numbers(refusal.Packet)}, to datagrams of {refusal.Source.Address}"))])
            {
                Subject = refusal.Destination.Address,
                Packets = [refusal.Packet],
                Remedies = [new Remedy("See whether the program runs and where it listens.", ShellCommand.Of($"ss -lunp 'sport = :{port}'"), CapturedScene.Machine(refusal.Destination.Address))],
            };
        }
    }

    // Of a port that is closed, the host itself speaks; a capture does not tell it from a filter in its name.
    private static (string Cause, string Says)? KindOf(IcmpError error) => (error.Meaning, IcmpCause.Of(error)) switch
    {
        (IcmpMeaning.PortUnreachable, _) => ("port-closed", "is closed"),
        (_, "port-rejected" and var cause) => (cause, "is not to be reached: a rule rejects it"),
        (_, "route-prohibited" or "host-unreachable") and (_, { } cause) => (cause, "is not to be reached"),
        _ => null,
    };
}
