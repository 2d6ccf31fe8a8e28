using NetWhy.Evidence;

namespace NetWhy.Diagnose.Audit.Checks;

/// <summary>Bonds with a dead member, without a partner, or with members that do not work together.</summary>
public sealed class Bonds : IHostCheck
{
    /// <inheritdoc/>
    public HostCheckInfo Info { get; } = new("link.bond", Source: "Documentation/networking/bonding.rst; linux/if_link.h, IFLA_BOND_");

    /// <inheritdoc/>
    public IEnumerable<Signal> Evaluate(EvidenceSet evidence)
    {
        LinkState[] links = [.. evidence.All<LinkState>().GroupBy(link => link.Index).Select(samples => samples.Last())];
        foreach (LinkState bond in links.Where(link => link.Bond is not null))
        {
            LinkState[] members = [.. links.Where(link => link.Master == bond.Name && link.BondMember is not null)];
            LinkState[] dead = [.. members.Where(member => !member.BondMember!.IsLinkUp)];
            LinkState[] apart = [.. members.Where(member => bond.Bond!.Aggregator is { } used && member.BondMember!.Aggregator is { } own && own != used)];
            bool hasNoPartner = bond.Bond is { Mode: "802.3ad", Partner: null } && members.Length > 0;
            bool isDead = members.Length > 0 && dead.Length == members.Length;
            string value = $"{members.Length - dead.Length} of {Words.Count(members.Length, "member")} up"
                + (hasNoPartner ? ", no LACP partner" : "") + (apart.Length > 0 ? $", {apart.Length} in another group" : "");
            Standing standing = isDead || (hasNoPartner && bond.IsUp) ? Standing.Critical : dead.Length + apart.Length > 0 ? Standing.Warning : Standing.Fine;
            yield return new Signal(Info.Id, standing, $"bond {bond.Name} ({bond.Bond!.Mode})", value, "")
            {
                Meaning = standing is Standing.Fine ? ""
                    : isDead ? "No member has a link: nothing passes."
                    : hasNoPartner ? "The switch does not speak LACP on these ports: it may block them, or send each frame to all."
                    : apart.Length > 0 ? $"{string.Join(", ", apart.Select(member => member.Name))} leads to another switch or another group of ports, and carries nothing."
                    : $"{string.Join(", ", dead.Select(member => member.Name))} has no link: the bond works, and has nothing in reserve.",
                Remedies = standing is Standing.Fine ? [] : [new Remedy("See what each member says, then the cable and the port of the switch.", ShellCommand.Of($"cat /proc/net/bonding/{bond.Name}"))],
                Evidence = [bond, .. members],
            };
        }
    }
}
