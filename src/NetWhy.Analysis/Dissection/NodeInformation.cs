using System.Buffers;
using NetWhy.Analysis.Fields;
using NetWhy.Wire.Dns;

namespace NetWhy.Analysis.Dissection;

/// <summary>What nodes are asked about themselves. Source: RFC 4620.</summary>
internal static class NodeInformation
{
    internal static readonly FieldGroup Group = new(Icmpv6Dissector.Group);
    private static readonly Field Query = Group.Unsigned("ni.qtype", "Qtype", 16, Icmpv6Names.NodeQuery);
    private static readonly Field Flags = Group.Hexadecimal("ni.flag", "Flags", 16);
    private static readonly Field IsGlobal = Group.Flag("ni.flag.g", "Global-scope addresses", 16, 0x20, level: 2);
    private static readonly Field IsOfSite = Group.Flag("ni.flag.s", "Site-local addresses", 16, 0x10, level: 2);
    private static readonly Field IsOfLink = Group.Flag("ni.flag.l", "Link-local addresses", 16, 0x8, level: 2);
    private static readonly Field IsCompressed = Group.Flag("ni.flag.c", "Compression", 16, 0x4, level: 2);
    private static readonly Field IsOfAll = Group.Boolean("ni.flag.a", "Unicast Addresses", 16).Masked(0x2, level: 2).Saying("Unicast addresses on the queried interface", "All unicast address");
    private static readonly Field IsCut = Group.Flag("ni.flag.t", "Truncated", 16, 0x1, level: 2);
    private static readonly Field FlagsReserved = Group.Hexadecimal("ni.flag.rsv", "Reserved", 16).Masked(0xffc0, level: 2);
    private static readonly Field Nonce = Group.Hexadecimal("ni.nonce", "Nonce", 64);
    private static readonly Field SubjectAddress = Group.Ipv6Address("ni.query.subject_ipv6", "IPv6 subject address");
    private static readonly Field SubjectName = Group.Text("ni.query.subject_fqdn", "FQDN subject");
    private static readonly Field SubjectIpv4 = Group.Ipv4Address("ni.query.subject_ipv4", "IPv4 subject address");
    private static readonly Field TimeToLive = Group.Unsigned("ni.reply.node_ttl", "TTL", 32);
    private static readonly Field NodeName = Group.Text("ni.reply.node_name", "Name Node");
    private static readonly Field NodeAddress = Group.Ipv6Address("ni.reply.node_address", "IPv6 Node address");
    private static readonly Field NodeIpv4 = Group.Ipv4Address("ni.reply.ipv4_address", "IPv4 Node address");

    private const int HeadLength = 16;
    private static readonly Field[] FlagParts = [IsGlobal, IsOfSite, IsOfLink, IsCompressed, IsOfAll, IsCut, FlagsReserved];

    /// <summary>Reads a query.</summary>
    /// <param name="dissection">The packet; nothing can be read behind the message.</param>
    /// <param name="offset">Where the message begins.</param>
    internal static void ReadQuery(ref Dissection dissection, int offset)
    {
        ReadHead(ref dissection, offset);
        if (dissection.IsShort)
            return;
        int at = offset + HeadLength;
        switch (dissection.U8(offset + 1))
        {
            case 0:
                dissection.Part(SubjectAddress, at, 16);
                break;
            case 1:
                _ = ReadName(ref dissection, SubjectName, at);
                break;
            case 2:
                dissection.Ipv4(SubjectIpv4, at);
                break;
        }
    }

    /// <summary>Reads a reply.</summary>
    /// <param name="dissection">The packet; nothing can be read behind the message.</param>
    /// <param name="offset">Where the message begins.</param>
    /// <param name="end">Where it ends.</param>
    internal static void ReadReply(ref Dissection dissection, int offset, int end)
    {
        ReadHead(ref dissection, offset);
        ushort query = dissection.U16(offset + 4);
        if (dissection.IsShort || query is not (2 or 3 or 4))
            return;
        for (int at = offset + HeadLength; at < end && !dissection.IsShort;)
        {
            if (query == 2 && at > offset + HeadLength)
            {
                if (dissection.U8(at) == 0)
                    return;
                at = ReadName(ref dissection, NodeName, at);
                continue;
            }

            dissection.Number(TimeToLive, at, 4);
            at += 4;
            switch (query)
            {
                case 2:
                    at = ReadName(ref dissection, NodeName, at);
                    break;
                case 3:
                    dissection.Part(NodeAddress, at, 16);
                    at += 16;
                    break;
                default:
                    dissection.Ipv4(NodeIpv4, at);
                    at += 4;
                    break;
            }
        }
    }

    private static void ReadHead(ref Dissection dissection, int offset)
    {
        dissection.Number(Query, offset + 4, 2);
        dissection.Flags(Flags, offset + 6, FlagParts);
        dissection.Number(Nonce, offset + 8, 8);
    }

    private static int ReadName(ref Dissection dissection, Field field, int offset)
    {
        if (!dissection.Need(offset, 1))
            return offset;
        int next = 0;
        if (DnsName.Read(dissection.Octets[offset..], ref next, out DnsName name) is not OperationStatus.Done)
        {
            dissection.Malform();
            return offset;
        }

        Span<byte> room = stackalloc byte[DnsName.MaxLength];
        dissection.Fields.AddMade(field, DnsDissector.TextOf(name, room));
        return offset + next;
    }
}
