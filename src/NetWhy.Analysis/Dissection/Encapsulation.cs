namespace NetWhy.Analysis.Dissection;

/// <summary>What packets begin with, as Wireshark numbers it: other than captures do. Source: Wireshark, wiretap/wtap.h.</summary>
/// <param name="Number">Wireshark's number.</param>
/// <param name="Name">Its name.</param>
internal sealed record Encapsulation(int Number, string Name)
{
    private static readonly Encapsulation Loopback = new(15, "NULL/Loopback");
    private static readonly Encapsulation RawIp = new(7, "Raw IP");

    private static readonly Dictionary<int, Encapsulation> ByLinkType = new()
    {
        [0] = Loopback,
        [1] = new(1, "Ethernet"),
        [9] = new(4, "PPP"),
        [12] = RawIp,
        [14] = RawIp,
        [101] = RawIp,
        [108] = Loopback,
        [113] = new(25, "Linux cooked-mode capture v1"),
        [228] = new(129, "Raw IPv4"),
        [229] = new(130, "Raw IPv6"),
        [276] = new(210, "Linux cooked-mode capture v2"),
    };

    /// <summary>The encapsulation of a link type; null if it is not read here.</summary>
    /// <param name="linkType">The link type; source: pcap-linktype(7).</param>
    internal static Encapsulation? Find(int linkType) => ByLinkType.GetValueOrDefault(linkType);
}
