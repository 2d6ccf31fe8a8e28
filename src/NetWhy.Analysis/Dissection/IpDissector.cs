using NetWhy.Analysis.Fields;
using NetWhy.Analysis.Summaries;
using NetWhy.Analysis.Tcp;
using NetWhy.Wire;

namespace NetWhy.Analysis.Dissection;

/// <summary>IPv4. Source: RFC 791.</summary>
internal static class IpDissector
{
    private const int LeastHeader = 20;

    /// <summary>Reads a datagram.</summary>
    /// <param name="dissection">The packet.</param>
    /// <param name="offset">Where it begins.</param>
    /// <param name="length">How much there is.</param>
    internal static void Read(ref Dissection dissection, int offset, int length)
    {
        dissection.Begin(IpFields.Group.Protocol);
        dissection.Summary?.Begin("IPv4"u8);
        if (!dissection.Need(offset, 1))
            return;
        int headerLength = (dissection.U8(offset) & 0xf) * 4;
        dissection.Fields.Add(IpFields.Group.Protocol, 0, offset, dissection.Captured(offset, Math.Min(length, Math.Max(headerLength, LeastHeader))));
        if (dissection.Has(offset + 12, 4))
            dissection.Fields.SayMore($", Src: {dissection.Octets.Slice(offset + 12, 4):ip}");
        if (dissection.Has(offset, LeastHeader))
            dissection.Fields.SayMore($", Dst: {dissection.Octets.Slice(offset + 16, 4):ip}");
        dissection.Bits(IpFields.Version, offset, 1);
        if (dissection.U8(offset) >> 4 != 4)
        {
            dissection.Summary?.Append($"Bogus IPv4 version ({dissection.U8(offset) >> 4}, must be 4)");
            dissection.Fields.Remark(IpFields.BogusVersion, offset, $"Bogus IPv4 version");
            return;
        }

        dissection.Fields.Add(IpFields.HeaderLength, (ulong)headerLength, offset, 1);
        dissection.Fields.Say($".... {headerLength / 4:b4} = {IpFields.HeaderLength.Label}: {headerLength} bytes ({headerLength / 4})");
        if (headerLength < LeastHeader)
        {
            dissection.Fields.Remark(IpFields.BogusHeaderLength, offset, $"Bogus IP header length ({headerLength}, must be at least {LeastHeader})");
            return;
        }

        ReadHeader(ref dissection, offset, length);
        if (!dissection.Need(offset, LeastHeader))
            return;
        LinkSummary.WriteAddresses(ref dissection, offset + 12, offset + 16, 4);
        if (dissection.Summary is { } summary)
            IpSummary.Write(summary, dissection.U8(offset + 9), isIpv6: false);
        dissection.TimeToLive = dissection.U8(offset + 8);

        int total = dissection.U16(offset + 2);
        if (total == 0 || total > length)
            total = length; // 0: the card cuts it into packets
        if (total < headerLength)
            return;
        dissection.Source = new TcpEndpoint(dissection.U32(offset + 12), 0, IsIpv6: false);
        dissection.Destination = new TcpEndpoint(dissection.U32(offset + 16), 0, IsIpv6: false);
        dissection.IsEndUnknown = false;
        dissection.Identification = dissection.U16(offset + 4);
        var protocol = (IPProtocol)dissection.U8(offset + 9);
        int fragment = (dissection.U16(offset + 6) & 0x1fff) * 8;
        bool hasMore = (dissection.U16(offset + 6) & 0x2000) != 0;
        bool isWhole = dissection.U16(offset + 2) == total && dissection.Captured(offset, total) == total && !dissection.IsQuoted;
        bool isFragment = fragment != 0 || hasMore;
        isWhole &= !isFragment || !IsChecked(dissection, offset) || RightChecksum(dissection, offset) == dissection.U16(offset + 10);
        if (isFragment && (isWhole || fragment != 0) && dissection.Summary is { } line)
            IpSummary.WriteFragment(line, (int)protocol, fragment, dissection.U16(offset + 4));
        if (isFragment && isWhole)
            ReadFragment(ref dissection, protocol, dissection.U16(offset + 4), fragment, offset + headerLength, total - headerLength, isLast: !hasMore, IpFields.Fragments);
        else if (fragment == 0)
            ReadFirst(ref dissection, protocol, offset + headerLength, total - headerLength, hasMore);
    }

    /// <summary>Reads a datagram, or the first fragment of one.</summary>
    /// <param name="dissection">The packet.</param>
    /// <param name="protocol">What it carries.</param>
    /// <param name="offset">Where that begins.</param>
    /// <param name="length">How much there is.</param>
    /// <param name="hasMore">Whether other fragments follow.</param>
    internal static void ReadFirst(ref Dissection dissection, IPProtocol protocol, int offset, int length, bool hasMore)
    {
        bool wasFragment = dissection.IsFragment;
        dissection.IsFragment |= hasMore;
        ReadPayload(ref dissection, protocol, offset, length);
        dissection.IsFragment = wasFragment;
    }

    /// <summary>Puts a fragment to the others of its datagram, and reads that if it is whole.</summary>
    /// <param name="dissection">The packet.</param>
    /// <param name="protocol">What the datagram carries.</param>
    /// <param name="identification">Which datagram it is.</param>
    /// <param name="place">Where the fragment belongs there.</param>
    /// <param name="offset">Where it begins in the packet.</param>
    /// <param name="length">How long it is: all of it was captured.</param>
    /// <param name="isLast">Whether none follows.</param>
    /// <param name="fields">What is said of the whole.</param>
    internal static void ReadFragment(ref Dissection dissection, IPProtocol protocol, uint identification, int place, int offset, int length, bool isLast, FragmentFields fields)
    {
        var key = new FragmentKey(dissection.Source.Address, dissection.Destination.Address, identification, (byte)protocol);
        if (dissection.Memory.Fragments.Add(key, dissection.FrameNumber, dissection.Nanoseconds, place, dissection.Octets.Slice(offset, length), isLast) is not { } datagram
            || dissection.Fields.Join(datagram.Data, fields.Name) is not { } source)
        {
            if (dissection.Memory.Hindsight?.Find(Later.Datagram, dissection.FrameNumber, identification) is { } last)
            {
                dissection.Fields.Add(fields.ReassembledIn, (ulong)last, 0, 0);
                if (fields == IpFields.Fragments) // of IPv6 the list does not say it
                    dissection.Summary?.Append($" [Reassembled in #{last}]");
            }

            DataDissector.Read(ref dissection, offset, length);
            return;
        }

        foreach (Fragment part in datagram.Parts)
            dissection.Memory.Hindsight?.Learn(Later.Datagram, part.Frame, identification, dissection.FrameNumber);
        byte before = dissection.Fields.Source;
        dissection.Fields.Source = source;
        Dissection whole = dissection.Over(datagram.Data.Span);
        fields.Add(dissection.Fields, datagram);
        ReadPayload(ref whole, protocol, 0, datagram.Data.Length);
        dissection.Fields.Source = before;
    }

    /// <summary>Reads what an IP header announces.</summary>
    /// <param name="dissection">The packet.</param>
    /// <param name="protocol">What it is.</param>
    /// <param name="offset">Where it begins.</param>
    /// <param name="length">How much there is.</param>
    internal static void ReadPayload(ref Dissection dissection, IPProtocol protocol, int offset, int length)
    {
        if (!dissection.Enter())
            return;
        int bound = dissection.Confine(offset + length);
        switch ((int)protocol)
        {
            case 1:
                IcmpDissector.Read(ref dissection, offset, length);
                break;
            case 4:
                Read(ref dissection, offset, length);
                break;
            case 6:
                TcpDissector.Read(ref dissection, offset, length);
                break;
            case 17:
                UdpDissector.Read(ref dissection, offset, length);
                break;
            case 41:
                Ipv6Dissector.Read(ref dissection, offset, length);
                break;
            case 47:
                GreDissector.Read(ref dissection, offset, length);
                break;
            case 58:
                Icmpv6Dissector.Read(ref dissection, offset, length);
                break;
            case 136:
                UdpDissector.ReadLite(ref dissection, offset, length);
                break;
            case >= 146 and <= 252: // nobody has them
                DataDissector.Read(ref dissection, offset, length);
                break;
        }

        dissection.Release(bound);
        dissection.Leave();
    }

    private static void ReadHeader(ref Dissection dissection, int offset, int length)
    {
        dissection.Number(IpFields.DifferentiatedServices, offset + 1, 1);
        SayServices(ref dissection, dissection.U8(offset + 1));
        dissection.Bits(IpFields.Dscp, offset + 1, 1);
        dissection.Bits(IpFields.Ecn, offset + 1, 1);
        if (dissection.Has(offset + 2, 2))
        {
            ushort total = dissection.U16(offset + 2);
            dissection.Fields.Add(IpFields.Length, total != 0 ? total : (ulong)length, offset + 2, 2);
            int headerLength = (dissection.U8(offset) & 0xf) * 4;
            if (total != 0 && total < headerLength)
            {
                dissection.Fields.SayMore($" bytes (bogus, less than header length {headerLength})");
                dissection.Remark(IpFields.BogusLength, offset + 2);
                return;
            }

            if (total == 0)
                dissection.Fields.Say($"[{IpFields.Length.Label}: {length} bytes (reported as 0, presumed to be because of \"TCP segmentation offload\" (TSO))]");
            if (total > length && !dissection.IsQuoted)
                dissection.Fields.Remark(IpFields.BogusLength, offset + 2, $"IPv4 total length exceeds packet length ({length} bytes)");
        }

        dissection.Number(IpFields.Id, offset + 4, 2);
        if (!dissection.Need(offset + 6, 2))
            return;
        dissection.Bits(IpFields.Flags, offset + 6, 1);
        byte flags = dissection.U8(offset + 6);
        foreach (Field flag in IpFields.AllFlags)
        {
            if ((flags & flag.Mask) != 0)
                dissection.Fields.SayMore($", {flag.Label}");
        }

        dissection.Bits(IpFields.FlagReserved, offset + 6, 1);
        dissection.Bits(IpFields.FlagDontFragment, offset + 6, 1);
        dissection.Bits(IpFields.FlagMoreFragments, offset + 6, 1);
        if (dissection.Has(offset + 6, 2))
        {
            int place = dissection.U16(offset + 6) & 0x1fff;
            dissection.Fields.Add(IpFields.FragmentOffset, (ulong)place, offset + 6, 2);
            dissection.Fields.Say($"...{place >> 12:b1} {(place >> 8) & 0xf:b4} {(place >> 4) & 0xf:b4} {place & 0xf:b4} = {IpFields.FragmentOffset.Label}: {place * 8}");
        }

        dissection.Number(IpFields.TimeToLive, offset + 8, 1);
        if (dissection.Has(offset, LeastHeader))
            RemarkTimeToLive(ref dissection, offset);
        dissection.Number(IpFields.Protocol, offset + 9, 1);
        ReadChecksum(ref dissection, offset);
        ReadAddress(ref dissection, offset + 12, IpFields.Source, IpFields.SourceHost);
        ReadAddress(ref dissection, offset + 16, IpFields.Destination, IpFields.DestinationHost);
        IpOptionDissector.Read(ref dissection, offset, (dissection.U8(offset) & 0xf) * 4);
    }

    // It is computed only where somebody asks: offloading makes it wrong where a sender is captured.
    private static void ReadChecksum(ref Dissection dissection, int offset)
    {
        ushort sent = (ushort)dissection.Number(IpFields.Checksum, offset + 10, 2);
        if (!IsChecked(dissection, offset))
        {
            dissection.Fields.SayMore($" [validation disabled]");
            dissection.Fields.Add(IpFields.ChecksumStatus, PacketChecksum.Unverified, offset + 10, 0);
            return;
        }

        ushort right = RightChecksum(dissection, offset);
        if (right != sent)
        {
            dissection.Fields.SayMore($" incorrect, should be 0x{right:x4}(may be caused by \"IP checksum offload\"?)");
            dissection.Fields.Remark(IpFields.ChecksumBad, offset + 10, $"{IpFields.ChecksumBad.Label} [should be 0x{right:x4}]");
        }
        else
        {
            dissection.Fields.SayMore($" [correct]");
        }

        dissection.Fields.Add(IpFields.ChecksumStatus, right == sent ? PacketChecksum.Good : PacketChecksum.Bad, offset + 10, 0);
        dissection.Fields.Add(IpFields.ChecksumCalculated, right, offset + 10, 0);
    }

    private static bool IsChecked(in Dissection dissection, int offset) =>
        dissection.Memory.Preferences.ChecksIpv4 && dissection.Has(offset, HeaderLengthOf(dissection, offset));

    private static ushort RightChecksum(in Dissection dissection, int offset) =>
        PacketChecksum.RightOf(dissection.Octets.Slice(offset, HeaderLengthOf(dissection, offset)), dissection.U16(offset + 10));

    private static int HeaderLengthOf(in Dissection dissection, int offset) => (dissection.U8(offset) & 0xf) * 4;

    /// <summary>Says short what the octet of differentiated services says.</summary>
    /// <param name="dissection">The packet; the field of the octet was added last.</param>
    /// <param name="octet">The octet.</param>
    internal static void SayServices(ref Dissection dissection, int octet)
    {
        if (!dissection.Fields.AreTextsWanted)
            return;
        ReadOnlySpan<string> congestion = ["Not-ECT", "ECT(1)", "ECT(0)", "CE"];
        int point = octet >> 2;
        switch (point)
        {
            case >= 10 and < 40 when point % 2 == 0 && point % 8 != 0: // RFC 2597, section 6
                dissection.Fields.SayMore($" (DSCP: AF{point / 8}{point % 8 / 2}, ECN: {congestion[octet & 3]})");
                break;
            case < 64 when point % 8 == 0: // RFC 2474, section 4.2.2.2
                dissection.Fields.SayMore($" (DSCP: CS{point / 8}, ECN: {congestion[octet & 3]})");
                break;
            default:
                dissection.Fields.SayMore($" (DSCP: {point switch { 1 => "LE", 44 => "VOICE-ADMIT", 46 => "EF PHB", _ => "Unknown" }}, ECN: {congestion[octet & 3]})");
                break;
        }
    }

    // Packets that will not go far, and those for the link whose number of hops their protocol does not use.
    private static void RemarkTimeToLive(ref Dissection dissection, int offset)
    {
        const byte RoutingProtocol = 89; // OSPF
        const byte MulticastRouting = 103; // PIM
        byte timeToLive = dissection.U8(offset + 8);
        uint destination = dissection.U32(offset + 16);
        if ((destination & 0xffff_ff00) == 0xe000_0000)
        {
            int expected = destination switch
            {
                0xe000_0012 or 0xe000_0066 or 0xe000_00fb => 255, // VRRP, GLBP, mDNS
                0xe000_00fc => timeToLive, // LLMNR: any
                _ => 1,
            };
            if (timeToLive != expected)
                dissection.Fields.Remark(IpFields.TimeToLiveLocal, offset + 8, $"\"Time To Live\" != {expected} for a packet sent to the Local Network Control Block (see RFC 3171)");
        }
        else if (timeToLive < 5 && destination >> 28 != 0xe && dissection.U8(offset + 9) is not (RoutingProtocol or MulticastRouting))
        {
            dissection.Fields.Remark(IpFields.TimeToLiveSmall, offset + 8, $"{IpFields.TimeToLiveSmall.Label} {timeToLive}");
        }
    }

    private static void ReadAddress(ref Dissection dissection, int offset, Field address, Field host)
    {
        dissection.Ipv4(address, offset);
        dissection.Ipv4(IpFields.Address, offset);
        dissection.AddressText(host, offset, 4);
        dissection.AddressText(IpFields.Host, offset, 4);
    }
}
