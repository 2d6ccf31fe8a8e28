using System.Buffers;
using System.Net;
using System.Text;
using NetWhy.Evidence;
using NetWhy.Wire;
using NetWhy.Wire.Tunnels;

namespace NetWhy.Paths;

/// <summary>Copies what the extensions of an ICMP error say, so that it outlives the message.</summary>
internal static class RouterExtensions
{
    private const int MostObjects = 16; // a message of 576 octets has place for more, but nobody sends them
    private const int MostLabels = 16;

    /// <summary>Adds what extensions say to an answer.</summary>
    /// <param name="answer">The answer.</param>
    /// <param name="extensions">They.</param>
    internal static ProbeAnswer AddTo(ProbeAnswer answer, IcmpExtensions extensions)
    {
        List<MplsLabel> labels = [];
        List<HopInterface> interfaces = [];
        List<HopExtension> others = [];
        int count = 0;
        foreach (IcmpExtensionObject item in extensions)
        {
            if (++count > MostObjects)
                break;
            if (!item.Labels.IsEmpty && labels.Count < MostLabels)
                labels.AddRange(item.Labels[..Math.Min(item.Labels.Length, MostLabels - labels.Count)]);
            else if (item.Class == IcmpExtensionObject.InterfaceInformation && IcmpInterface.Read(item.Value, item.Type, out IcmpInterface information) is OperationStatus.Done)
                interfaces.Add(Copy(information));
            else
                others.Add(new HopExtension(item.Class, item.Type, Convert.ToHexStringLower(item.Value)));
        }

        return count == 0 ? answer : answer with { Labels = labels, Interfaces = interfaces, Extensions = others };
    }

    private static HopInterface Copy(in IcmpInterface information) => new(
        information.Role switch
        {
            IcmpInterfaceRole.Incoming => "incoming",
            IcmpInterfaceRole.IncomingPart => "incoming-part",
            IcmpInterfaceRole.Outgoing => "outgoing",
            _ => "next-hop",
        },
        information.Index,
        information.NameOctets.IsEmpty ? null : Encoding.UTF8.GetString(information.NameOctets),
        information.AddressOctets.IsEmpty ? null : new IPAddress(information.AddressOctets),
        information.Mtu);
}
