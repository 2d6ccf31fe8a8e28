using System.Collections.Immutable;
using System.Globalization;
using NetWhy.Linux;
using NetWhy.Wire.Netlink;

namespace NetWhy.Capture.Live;

/// <summary>The interfaces of this machine, as captures name them.</summary>
public sealed class NetworkInterfaces
{
    /// <summary>LINKTYPE_LINUX_SLL2: what packets of no or several interfaces come with.</summary>
    public const int Cooked = 276;

    private const int Ethernet = 1;
    private const int RawIp = 101;
    private const int RankOfAll = 2; // in the list of interfaces

    private readonly ImmutableArray<LinkMessage> _links;

    private NetworkInterfaces(ImmutableArray<LinkMessage> links)
    {
        _links = links;
        List<LinkMessage?> order = [.. links.OrderBy(Rank)];
        order.Insert(links.Count(link => Rank(link) < RankOfAll), null);
        InOrder = [.. order];
        Loopback = [.. links.Where(link => link.Header.Flags.HasFlag(LinkFlags.Loopback)).Select(link => link.Header.Index)];
    }

    /// <summary>As they are listed and numbered, from 1; null stands for all of them.</summary>
    public ImmutableArray<LinkMessage?> InOrder { get; }

    /// <summary>The first one that is up, which is listened on where none is named; <c>any</c> if none is.</summary>
    public string First => _links.Where(link => Rank(link) == 0).Select(link => link.Name).FirstOrDefault() ?? "any";

    /// <summary>Numbers of the loopback interfaces.</summary>
    internal ImmutableHashSet<int> Loopback { get; }

    /// <summary>Asks the kernel for them.</summary>
    public static NetworkInterfaces Read()
    {
        using RouteNetlink netlink = RouteNetlink.Open();
        return new NetworkInterfaces(netlink.Links());
    }

    /// <summary>Finds an interface.</summary>
    /// <param name="name">Its name, or its number in the list.</param>
    /// <returns>It; null for <c>any</c>.</returns>
    /// <exception cref="InterfaceException">There is none.</exception>
    public LinkMessage? Find(string name)
    {
        if (name is "any")
            return null;
        if (_links.FirstOrDefault(one => one.Name == name) is { } named)
            return named;
        if (int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number > 0 && number <= InOrder.Length)
            return InOrder[number - 1];
        throw new InterfaceException($"{name}: there is no such interface here: {string.Join(", ", _links.Select(one => one.Name))} and any are");
    }

    /// <summary>The type of link of an interface: what its packets begin with when it is listened on alone.</summary>
    /// <param name="link">The interface; null for all.</param>
    /// <remarks>Source: linux/if_arp.h; what is neither Ethernet nor bare IP comes with the cooked header.</remarks>
    public static int LinkTypeOf(LinkMessage? link) => link?.Header.HardwareType switch
    {
        1 or 772 => Ethernet,
        519 or 768 or 769 or 776 or 778 or 65534 => RawIp,
        _ => Cooked,
    };

    // Connected interfaces first, those without a cable behind the pseudo-interface, loopback before them.
    private static int Rank(LinkMessage link)
    {
        if (link.Header.Flags.HasFlag(LinkFlags.Loopback))
            return RankOfAll;
        return link.Header.Flags.HasFlag(LinkFlags.Up) && link.Header.Flags.HasFlag(LinkFlags.LowerUp) ? 0 : 3;
    }
}

/// <summary>An interface cannot be listened on.</summary>
/// <param name="message">Which, why, and what to do.</param>
public sealed class InterfaceException(string message) : Exception(message);
