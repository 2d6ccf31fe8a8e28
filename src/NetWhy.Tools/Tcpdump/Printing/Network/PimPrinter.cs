using NetWhy.Tools.Tcpdump.Printing.Network.Pim;

namespace NetWhy.Tools.Tcpdump.Printing.Network;

/// <summary>Prints Protocol Independent Multicast. Source: RFC 7761, RFC 3973, RFC 5015, RFC 5059.</summary>
internal static class PimPrinter
{
    private const byte Protocol = 103;
    private const int HeaderLength = 4;
    private const byte Hello = 0;
    private const byte Register = 1;
    private const byte RegisterStop = 2;
    private const byte JoinPrune = 3;
    private const byte Bootstrap = 4;
    private const byte Assert = 5;
    private const byte Graft = 6;
    private const byte GraftAcknowledgment = 7;
    private const byte Candidate = 8;
    private const byte PruneRefresh = 9;
    private const byte Election = 10;
    private const byte Redirect = 11;

    private static readonly Token[] Types =
    [
        (Hello, "Hello"), (Register, "Register"), (RegisterStop, "Register Stop"), (JoinPrune, "Join / Prune"), (Bootstrap, "Bootstrap"),
        (Assert, "Assert"), (Graft, "Graft"), (GraftAcknowledgment, "Graft Acknowledgement"), (Candidate, "Candidate RP Advertisement"),
        (PruneRefresh, "Prune Refresh"), (Election, "DF Election"), (Redirect, "ECMP Redirect"),
    ];

    private static readonly Token[] RegisterFlags = [(0x80000000, "Border"), (0x40000000, "Null")];

    private static readonly Token[] Elections = [(1, "Offer"), (2, "Winner"), (3, "Backoff"), (4, "Pass")];

    /// <summary>Prints a message.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="octets">What was captured.</param>
    /// <param name="length">What it was long.</param>
    /// <param name="ip">The packet that carries it.</param>
    internal static void Print(PacketPrinter printer, ReadOnlySpan<byte> octets, int length, in IpHeaderView ip)
    {
        printer.Protocol = "pim";
        byte first = printer.U8(octets, 0);
        int version = first >> 4;
        byte type = (byte)(first & 0xf);
        if (version != 2)
        {
            printer.Put($"PIMv{version}, length {length}");
            return;
        }

        if (printer.Verbosity == 0)
        {
            printer.Put($"PIMv{version}, ");
            printer.Token(Types, type, "Unknown Type");
            printer.Put($", length {length}");
            return;
        }

        printer.Put($"PIMv{version}, length {length}\n\t");
        printer.Token(Types, type, "Unknown Type");
        printer.Protocol = "pimv2";
        if (length < 2)
        {
            printer.Put($"[length {length} < 2]");
            printer.Invalid();
            return;
        }

        byte second = printer.U8(octets, 1);
        int addressLength = second & 0xf;
        if (addressLength != 0)
            printer.Put(", RFC2117-encoding");
        if (length < HeaderLength)
        {
            printer.Put($"[length {length} < 4]");
            printer.Invalid();
            return;
        }

        PrintChecksum(printer, octets, length, ip, type);
        if (printer.IsCut)
            return;
        var body = new PimBody(printer, octets, HeaderLength, length, addressLength);
        if (!PrintBody(printer, ref body, type, second >> 4))
            printer.Truncated();
    }

    private static void PrintChecksum(PacketPrinter printer, ReadOnlySpan<byte> octets, int length, in IpHeaderView ip, byte type)
    {
        printer.Need(octets, 2, 2);
        uint sent = printer.U16(octets, 2);
        printer.Put($", cksum 0x{sent:x4} ");
        if (printer.IsCut)
            return;
        // A register's checksum is over its own header, but some senders count what it carries too.
        bool? isRight = null;
        if (sent != 0 && type is Register)
            isRight = IsRight(octets, 8, ip);
        if (sent != 0 && isRight is not true && (type is not Register || isRight is false))
            isRight = IsRight(octets, length, ip);
        printer.Put(isRight switch { true => "(correct)", false => "(incorrect)", null => "(unverified)" });
    }

    private static bool? IsRight(ReadOnlySpan<byte> octets, int length, in IpHeaderView ip)
    {
        if (octets.Length < length)
            return null;
        octets = octets[..length];
        return (ip.Version == 4 ? Wire.InternetChecksum.Of(octets) : Checksums.Of(ip, Protocol, octets)) == 0;
    }

    // False if it is cut short.
    private static bool PrintBody(PacketPrinter printer, ref PimBody body, byte type, int subtype)
    {
        switch (type)
        {
            case Hello:
                return PimHello.Print(printer, ref body);
            case Register:
                return PrintRegister(printer, ref body);
            case RegisterStop:
                return body.Group(" group=") && body.Unicast(" source=");
            case JoinPrune or Graft or GraftAcknowledgment:
                return PrintJoins(printer, ref body, isAcknowledgment: type is GraftAcknowledgment);
            case Bootstrap:
                return PrintBootstrap(printer, ref body);
            case Assert:
                return PrintAssert(printer, ref body);
            case Candidate:
                return PrintCandidate(printer, ref body);
            case PruneRefresh:
                if (!body.Unicast(" src=") || !body.Group(" grp=") || !body.Unicast(" forwarder=") || body.Left < 2)
                    return false;
                printer.Put(" TUNR ");
                printer.Span(printer.U16(body.Rest, 0));
                return true;
            case Election:
                return PrintElection(printer, ref body, subtype);
            default:
                printer.Put($" [type {type}]");
                return true;
        }
    }

    private static bool PrintRegister(PacketPrinter printer, ref PimBody body)
    {
        if (body.Left < 4 || body.Rest.Length < 4)
            return false;
        printer.Put(", Flags [ ");
        printer.Token(RegisterFlags, printer.U32(body.Rest, 0), "none");
        printer.Put(" ]\n\t");
        body.Skip(4);
        if (body.Left == 0)
            return false;
        int version = printer.U8(body.Rest, 0) >> 4;
        switch (version)
        {
            case 0:
                printer.Need(body.Rest, 12, 8);
                printer.Put("IP-Null-header ");
                printer.Ipv4Address(body.Rest, 12);
                printer.Put(" > ");
                printer.Ipv4Address(body.Rest, 16);
                break;
            case 4:
                IpPrinter.Print(printer, body.Rest, body.Left);
                break;
            case 6:
                Ipv6Printer.Print(printer, body.Rest, body.Left);
                break;
            default:
                printer.Put($"IP ver {version}");
                break;
        }

        return true;
    }

    private static bool PrintJoins(PacketPrinter printer, ref PimBody body, bool isAcknowledgment)
    {
        if (!isAcknowledgment && !body.Unicast(", upstream-neighbor: "))
            return false;
        if (body.Left < 4 || body.Rest.Length < 4)
            return false;
        int groups = printer.U8(body.Rest, 1);
        uint hold = printer.U16(body.Rest, 2);
        printer.Put($"\n\t  {groups} group(s)");
        if (!isAcknowledgment)
        {
            printer.Put(", holdtime: ");
            if (hold == 0xffff)
                printer.Put("infinite");
            else
                printer.Span(hold);
        }

        body.Skip(4);
        for (int i = 1; i <= groups && !printer.IsCut; i++)
        {
            printer.Put($"\n\t    group #{i}: ");
            if (!body.Group("") || body.Left < 4 || body.Rest.Length < 4)
                return false;
            int joins = printer.U16(body.Rest, 0), prunes = printer.U16(body.Rest, 2);
            printer.Put($", joined sources: {joins}, pruned sources: {prunes}");
            body.Skip(4);
            if (!PrintSources(printer, ref body, joins, "joined") || !PrintSources(printer, ref body, prunes, "pruned"))
                return false;
        }

        return true;
    }

    private static bool PrintSources(PacketPrinter printer, ref PimBody body, int count, string what)
    {
        for (int i = 1; i <= count && !printer.IsCut; i++)
        {
            printer.Put($"\n\t      {what} source #{i}: ");
            if (!body.Source())
                return false;
        }

        return true;
    }

    private static bool PrintBootstrap(PacketPrinter printer, ref PimBody body)
    {
        if (body.Left < 2)
            return false;
        printer.Need(body.Rest, 0, 2);
        printer.Put($" tag={(uint)printer.U16(body.Rest, 0):x}");
        if (body.Left < 3)
            return false;
        printer.Need(body.Rest, 2, 1);
        printer.Put($" hashmlen={printer.U8(body.Rest, 2)}");
        if (printer.IsCut)
            return true;
        if (body.Left < 4 || body.Rest.Length < 5)
            return false;
        printer.Put($" BSRprio={printer.U8(body.Rest, 3)}");
        body.Skip(4);
        if (!body.Unicast(" BSR="))
            return false;
        for (int i = 0; body.Left > 0 && !printer.IsCut; i++)
        {
            printer.Put($" (group{i}: ");
            if (!body.Group("") || body.Left < 1)
                return false;
            printer.Need(body.Rest, 0, 1);
            printer.Put($" RPcnt={printer.U8(body.Rest, 0)}");
            if (body.Left < 2)
                return false;
            int count = printer.U8(body.Rest, 1);
            printer.Put($" FRPcnt={count}");
            if (body.Left < 4)
                return false;
            body.Skip(4);
            for (int j = 0; j < count && body.Left > 0 && !printer.IsCut; j++)
            {
                printer.Put($" RP{j}=");
                if (!body.Unicast("") || body.Left < 2)
                    return false;
                printer.Put(",holdtime=");
                printer.Span(printer.U16(body.Rest, 0));
                if (body.Left < 3)
                    return false;
                printer.Need(body.Rest, 2, 1);
                printer.Put($",prio={printer.U8(body.Rest, 2)}");
                if (body.Left < 4)
                    return false;
                body.Skip(4);
            }

            printer.Put(")");
        }

        return true;
    }

    private static bool PrintAssert(PacketPrinter printer, ref PimBody body)
    {
        if (!body.Group(" group=") || !body.Unicast(" src=") || body.Left < 8 || body.Rest.Length < 8)
            return false;
        uint preference = printer.U32(body.Rest, 0);
        if ((preference & 0x80000000) != 0)
            printer.Put(" RPT");
        printer.Put($" pref={preference & 0x7fffffff} metric={printer.U32(body.Rest, 4)}");
        return true;
    }

    private static bool PrintCandidate(PacketPrinter printer, ref PimBody body)
    {
        if (body.Left < 1)
            return false;
        int prefixes = printer.U8(body.Rest, 0);
        printer.Put($" prefix-cnt={prefixes}");
        if (body.Left < 2)
            return false;
        printer.Need(body.Rest, 1, 1);
        printer.Put($" prio={printer.U8(body.Rest, 1)}");
        if (body.Left < 4)
            return false;
        printer.Put(" holdtime=");
        printer.Span(printer.U16(body.Rest, 2));
        body.Skip(4);
        if (!body.Unicast(" RP="))
            return false;
        for (int i = 0; i < prefixes && body.Left > 0 && !printer.IsCut; i++)
        {
            printer.Put($" Group{i}=");
            if (!body.Group(""))
                return false;
        }

        return true;
    }

    private static bool PrintElection(PacketPrinter printer, ref PimBody body, int subtype)
    {
        printer.Put("\n\t  ");
        printer.Token(Elections, (uint)subtype, "Unknown");
        printer.Put(",");
        if (!body.Unicast(" rpa="))
            return false;
        PrintMetric(printer, ref body, "sender");
        if (subtype is not (3 or 4))
            return true;
        string whose = subtype == 3 ? "offer" : "new winner";
        printer.Put($"\n\t  {whose} addr=");
        if (!body.Unicast(""))
            return false;
        PrintMetric(printer, ref body, whose);
        if (subtype != 3)
            return true;
        printer.Need(body.Rest, 0, 2);
        printer.Put($" interval {printer.U16(body.Rest, 0)}ms");
        return true;
    }

    private static void PrintMetric(PacketPrinter printer, ref PimBody body, string whose)
    {
        printer.Need(body.Rest, 0, 4);
        printer.Put($" {whose} pref={printer.U32(body.Rest, 0)}");
        printer.Need(body.Rest, 4, 4);
        printer.Put($" {whose} metric={printer.U32(body.Rest, 4)}");
        body.Skip(8);
    }
}
