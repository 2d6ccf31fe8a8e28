namespace NetWhy.Tools.Tcpdump.Printing.Link;

/// <summary>Prints what organizations add to LLDP. Sources: IEEE 802.1Q annex D, IEEE 802.3 clause 79, ANSI/TIA-1057, RFC 8520, DCBX 1.01.</summary>
internal static class LldpOrganizationPrinter
{
    private const int Bits = 8;
    private const int LongestPower = 1024;

    private static readonly Token[] BridgeTypes =
    [
        (1, "Port VLAN Id"), (2, "Port and Protocol VLAN ID"), (3, "VLAN name"), (4, "Protocol Identity"), (7, "Link aggregation"),
        (8, "Congestion Notification"), (9, "ETS Configuration"), (10, "ETS Recommendation"), (11, "Priority Flow Control Configuration"),
        (12, "Application Priority"), (13, "EVB"), (14, "CDCP"),
    ];
    private static readonly Token[] ProtocolVlanFlags = [(2, "supported"), (4, "enabled")];
    private static readonly Token[] EvbModes =
    [
        (0, "Not Supported"), (1, "EVB Bridge"), (2, "EVB Station"), (3, "Reserved for future Standardization"),
    ];
    private static readonly Token[] EthernetTypes =
    [
        (1, "MAC/PHY configuration/status"), (2, "Power via MDI"), (3, "Link aggregation"), (4, "Max frame size"),
    ];
    private static readonly Token[] NegotiationFlags = [(1, "supported"), (2, "enabled")];
    private static readonly Token[] NegotiationAbilities =
    [
        (0x4000, "10BASE-T hdx"), (0x2000, "10BASE-T fdx"), (0x1000, "100BASE-T4"), (0x0800, "100BASE-TX hdx"), (0x0400, "100BASE-TX fdx"),
        (0x0200, "100BASE-T2 hdx"), (0x0100, "100BASE-T2 fdx"), (0x0080, "Pause for fdx links"), (0x0040, "Asym PAUSE for fdx"),
        (0x0020, "Sym PAUSE for fdx"), (0x0010, "Asym and Sym PAUSE for fdx"), (0x0008, "1000BASE-{X LX SX CX} hdx"),
        (0x0004, "1000BASE-{X LX SX CX} fdx"), (0x0002, "1000BASE-T hdx"), (0x0001, "1000BASE-T fdx"),
    ];
    private static readonly Token[] MediumTypes =
    [
        (0, "Unknown"), (1, "AUI"), (2, "10BASE_5"), (3, "FOIRL"), (4, "10BASE2"), (5, "10BASET duplex mode unknown"), (6, "10BASEFP"),
        (7, "10BASEFB"), (8, "10BASEFL duplex mode unknown"), (9, "10BROAD36"), (10, "10BASET hdx"), (11, "10BASET fdx"), (12, "10BASEFL hdx"),
        (13, "10BASEFL fdx"), (14, "100BASET4"), (15, "100BASETX hdx"), (16, "100BASETX fdx"), (17, "100BASEFX hdx"), (18, "100BASEFX fdx"),
        (19, "100BASET2 hdx"), (20, "100BASET2 fdx"), (21, "1000BASEX hdx"), (22, "1000BASEX fdx"), (23, "1000BASELX hdx"), (24, "1000BASELX fdx"),
        (25, "1000BASESX hdx"), (26, "1000BASESX fdx"), (27, "1000BASECX hdx"), (28, "1000BASECX fdx"), (29, "1000BASET hdx"), (30, "1000BASET fdx"),
        (31, "10GBASEX"), (32, "10GBASELX4"), (33, "10GBASER"), (34, "10GBASEER"), (35, "10GBASELR"), (36, "10GBASESR"), (37, "10GBASEW"),
        (38, "10GBASEEW"), (39, "10GBASELW"), (40, "10GBASESW"),
    ];
    private static readonly Token[] PowerFlags = [(1, "PSE"), (2, "supported"), (4, "enabled"), (8, "can be controlled")];
    private static readonly Token[] PowerPairs = [(1, "signal"), (2, "spare")];
    private static readonly Token[] PowerClasses = [(1, "class0"), (2, "class1"), (3, "class2"), (4, "class3"), (5, "class4")];
    private static readonly Token[] AggregationFlags = [(1, "supported"), (2, "enabled")];
    private static readonly Token[] MediaTypes =
    [
        (1, "LLDP-MED Capabilities"), (2, "Network policy"), (3, "Location identification"), (4, "Extended power-via-MDI"),
        (5, "Inventory - hardware revision"), (6, "Inventory - firmware revision"), (7, "Inventory - software revision"),
        (8, "Inventory - serial number"), (9, "Inventory - manufacturer name"), (10, "Inventory - model name"), (11, "Inventory - asset ID"),
    ];
    private static readonly Token[] MediaCapabilities =
    [
        (1, "LLDP-MED capabilities"), (2, "network policy"), (4, "location identification"), (8, "extended power via MDI-PSE"),
        (16, "extended power via MDI-PD"), (32, "Inventory"),
    ];
    private static readonly Token[] DeviceTypes =
    [
        (1, "endpoint class 1"), (2, "endpoint class 2"), (3, "endpoint class 3"), (4, "network connectivity"),
    ];
    private static readonly Token[] ApplicationTypes =
    [
        (1, "voice"), (2, "voice signaling"), (3, "guest voice"), (4, "guest voice signaling"), (5, "softphone voice"), (6, "video conferencing"),
        (7, "streaming video"), (8, "video signaling"),
    ];
    private static readonly Token[] PolicyFlags = [(128, "Unknown"), (64, "Tagged"), (32, "reserved")];
    private static readonly Token[] LocationFormats = [(1, "coordinate-based LCI"), (2, "civic address LCI"), (3, "ECS ELIN")];
    private static readonly Token[] Datums =
    [
        (1, "World Geodesic System 1984"), (2, "North American Datum 1983 (NAVD88)"), (3, "North American Datum 1983 (MLLW)"),
    ];
    private static readonly Token[] AltitudeTypes = [(1, "meters"), (2, "floors")];
    private static readonly Token[] LocationSubjects =
    [
        (0, "location of DHCP server"), (1, "location of the network element believed to be closest to the client"), (2, "location of the client"),
    ];
    private static readonly Token[] CivicTypes =
    [
        (1, "national subdivisions (state,canton,region,province,prefecture)"), (2, "county, parish, gun, district"), (3, "city, township, shi"),
        (4, "city division, borough, city district, ward chou"), (5, "neighborhood, block"), (6, "street"),
    ];
    private static readonly Token[] PowerSources =
    [
        (1, "PSE - primary power source"), (2, "local - backup power source"), (3, "PSE+local - reserved"),
    ];
    private static readonly Token[] PowerPriorities = [(1, "critical"), (2, "high"), (3, "low")];
    private static readonly Token[] Inventories =
    [
        (5, "Hardware revision"), (6, "Firmware revision"), (7, "Software revision"), (8, "Serial number"), (9, "Manufacturer name"),
        (10, "Model name"), (11, "Asset ID"),
    ];
    private static readonly Token[] IanaTypes = [(1, "MUD-URL")];
    private static readonly Token[] ExchangeTypes =
    [
        (1, "DCB Capability Exchange Protocol Rev 1"), (2, "DCB Capability Exchange Protocol Rev 1.01"),
    ];

    /// <summary>Prints a value.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="organization">Whose it is.</param>
    /// <param name="value">The value, with the number of the organization.</param>
    /// <returns>Whether it is not known.</returns>
    internal static bool Print(PacketPrinter printer, uint organization, ReadOnlySpan<byte> value) => organization switch
    {
        Organizations.Ieee8021 => PrintBridge(printer, value),
        Organizations.Ieee8023 => PrintEthernet(printer, value),
        Organizations.Iana => PrintIana(printer, value),
        Organizations.Tia => PrintMedia(printer, value),
        Organizations.Dcbx => PrintExchange(printer, value),
        _ => true,
    };

    private static byte PutType(PacketPrinter printer, Token[] types, ReadOnlySpan<byte> value)
    {
        byte type = value[3];
        printer.Put("\n\t  ");
        printer.Token(types, type, "unknown");
        printer.Put($" Subtype ({type})");
        return type;
    }

    // IEEE 802.1
    private static bool PrintBridge(PacketPrinter printer, ReadOnlySpan<byte> value)
    {
        if (value.Length < 4)
            return false;
        byte type = PutType(printer, BridgeTypes, value);
        switch (type)
        {
            case 1 when value.Length >= 6:
                printer.Put($"\n\t    port vlan id (PVID): {printer.U16(value, 4)}");
                break;
            case 2 when value.Length >= 7:
                printer.Put($"\n\t    port and protocol vlan id (PPVID): {printer.U16(value, 5)}, flags [");
                printer.Bits(ProtocolVlanFlags, value[4], "none");
                printer.Put($"] (0x{(uint)value[4]:x2})");
                break;
            case 3 when value.Length >= 6:
                printer.Put($"\n\t    vlan id (VID): {printer.U16(value, 4)}");
                if (value.Length >= 7 && value.Length >= 7 + value[6])
                {
                    printer.Put("\n\t    vlan name: ");
                    printer.PaddedCharacters(value, 7, value[6]);
                }

                break;
            case 4 when value.Length >= 5 && value.Length >= 5 + value[4]:
                printer.Put("\n\t    protocol identity: ");
                printer.PaddedCharacters(value, 5, value[4]);
                break;
            case 8 when value.Length >= 6:
                printer.Put("\n\t    Pre-Priority CNPV Indicator");
                PutPriorities(printer, value[4]);
                printer.Put("\n\t    Pre-Priority Ready Indicator");
                PutPriorities(printer, value[5]);
                break;
            case 9 when value.Length >= 25:
                printer.Put($"\n\t    Willing:{value[4] >> 7}, CBS:{(value[4] >> 6) & 2}, RES:{(value[4] >> 3) & 7}, Max TCs:{value[4] & 7}");
                PutSelections(printer, value);
                break;
            case 10 when value.Length >= 25:
                printer.Put($"\n\t    RES: {value[4]}");
                PutSelections(printer, value);
                break;
            case 11 when value.Length >= 6:
                printer.Put($"\n\t    Willing: {value[4] >> 7}, MBC: {(value[4] >> 6) & 1}, RES: {(value[4] >> 4) & 3}, PFC cap:{value[4] & 0xf} ");
                printer.Put("\n\t    PFC Enable");
                PutPriorities(printer, value[5]);
                break;
            case 12 when value.Length >= 5:
                PrintPriorities(printer, value);
                break;
            case 13 when value.Length >= 9:
                PrintEvb(printer, value);
                break;
            case 14 when value.Length >= 8:
                PrintChannels(printer, value);
                break;
            case (>= 1 and <= 4) or (>= 8 and <= 14):
                break;
            default:
                return true;
        }

        return false;
    }

    private static void PutPriorities(PacketPrinter printer, byte bits)
    {
        printer.Put("\n\t     Priority : 0  1  2  3  4  5  6  7\n\t     Value    : ");
        for (int i = 0; i < Bits; i++)
            printer.Put($"{(bits >> i) & 1}  ");
    }

    private static void PutSelections(PacketPrinter printer, ReadOnlySpan<byte> value)
    {
        printer.Put("\n\t    Priority Assignment Table\n\t     Priority : 0   1   2   3   4   5   6   7\n\t     Value    : ");
        for (int i = 0; i < Bits; i++)
            PutColumn(printer, (value[5 + (i / 2)] >> (i % 2 == 0 ? 4 : 0)) & 0xf, i);
        printer.Put("\n\t    TC Bandwidth Table\n\t     TC%   : 0   1   2   3   4   5   6   7\n\t     Value : ");
        for (int i = 0; i < Bits; i++)
            PutColumn(printer, value[9 + i], i);
        printer.Put("\n\t    TSA Assignment Table\n\t     Traffic Class: 0   1   2   3   4   5   6   7\n\t     Value        : ");
        for (int i = 0; i < Bits; i++)
            PutColumn(printer, value[17 + i], i);
    }

    private static void PutColumn(PacketPrinter printer, int number, int column) =>
        printer.Put($"{(column > 0 ? " " : "")}{number}{(number < 10 ? "  " : number < 100 ? " " : "")}");

    private static void PrintPriorities(PacketPrinter printer, ReadOnlySpan<byte> value)
    {
        printer.Put($"\n\t    RES: {value[4]}");
        value = value[5..];
        if (value.IsEmpty || value.Length % 3 != 0)
            return;
        printer.Put("\n\t    Application Priority Table");
        for (; !value.IsEmpty; value = value[3..])
            printer.Put($"\n\t      Priority: {value[0] >> 5}, RES: {(value[0] >> 3) & 3}, Sel: {value[0] & 7}, Protocol ID: {printer.U16(value, 1)}");
    }

    private static void PrintEvb(PacketPrinter printer, ReadOnlySpan<byte> value)
    {
        int bridge = value[4], station = value[5], retries = value[6], mode = value[7], keepalive = value[8];
        printer.Put($"\n\t    EVB Bridge Status\n\t      RES: {bridge >> 3}, BGID: {(bridge >> 2) & 1}, RRCAP: {(bridge >> 1) & 1}, RRCTR: {bridge & 1}");
        printer.Put($"\n\t    EVB Station Status\n\t      RES: {station >> 4}, SGID: {(station >> 3) & 1}, RRREQ: {(station >> 2) & 1},RRSTAT: {station & 3}");
        printer.Put($"\n\t    R: {retries >> 5}, RTE: {retries & 0x1f}, EVB Mode: ");
        printer.Token(EvbModes, (uint)mode >> 6, "unknown");
        printer.Put($" [{mode >> 6}]\n\t    ROL: {(mode >> 5) & 1}, RWD: {mode & 0x1f}, ");
        printer.Put($"RES: {keepalive >> 6}, ROL: {(keepalive >> 5) & 1}, RKA: {keepalive & 0x1f}");
    }

    private static void PrintChannels(PacketPrinter printer, ReadOnlySpan<byte> value)
    {
        printer.Put($"\n\t    Role: {value[4] >> 7}, RES: {(value[4] >> 4) & 7}, Scomp: {(value[4] >> 3) & 1} ChnCap: {printer.U16(value, 6) & 0xfff}");
        value = value[8..];
        if (value.Length % 3 != 0)
            return;
        for (; !value.IsEmpty; value = value[3..])
            printer.Put($"\n\t    SCID: {printer.U24(value, 0) >> 12}, SVID: {printer.U24(value, 0) & 0xfff}");
    }

    // IEEE 802.3
    private static bool PrintEthernet(PacketPrinter printer, ReadOnlySpan<byte> value)
    {
        if (value.Length < 4)
            return false;
        byte type = PutType(printer, EthernetTypes, value);
        switch (type)
        {
            case 1 when value.Length >= 9:
                ushort abilities = printer.U16(value, 5), medium = printer.U16(value, 7);
                printer.Put("\n\t    autonegotiation [");
                printer.Bits(NegotiationFlags, value[4], "none");
                printer.Put($"] (0x{(uint)value[4]:x2})\n\t    PMD autoneg capability [");
                printer.Bits(NegotiationAbilities, abilities, "unknown");
                printer.Put($"] (0x{(uint)abilities:x4})\n\t    MAU type ");
                printer.Token(MediumTypes, medium, "unknown");
                printer.Put($" (0x{(uint)medium:x4})");
                break;
            case 2 when value.Length >= 7:
                printer.Put("\n\t    MDI power support [");
                printer.Bits(PowerFlags, value[4], "none");
                printer.Put("], power pair ");
                printer.Token(PowerPairs, value[5], "unknown");
                printer.Put(", power class ");
                printer.Token(PowerClasses, value[6], "unknown");
                break;
            case 3 when value.Length >= 9:
                printer.Put("\n\t    aggregation status [");
                printer.Bits(AggregationFlags, value[4], "none");
                printer.Put($"], aggregation port ID {printer.U32(value, 5)}");
                break;
            case 4 when value.Length >= 6:
                printer.Put($"\n\t    MTU size {printer.U16(value, 4)}");
                break;
            case >= 1 and <= 4:
                break;
            default:
                return true;
        }

        return false;
    }

    private static bool PrintIana(PacketPrinter printer, ReadOnlySpan<byte> value)
    {
        if (value.Length < 8)
            return false;
        if (PutType(printer, IanaTypes, value) != 1)
            return true;
        printer.Put("\n\t  MUD-URL=");
        printer.Characters(value, 4, value.Length - 4);
        return false;
    }

    // LLDP for media endpoint devices
    private static bool PrintMedia(PacketPrinter printer, ReadOnlySpan<byte> value)
    {
        if (value.Length < 4)
            return false;
        byte type = PutType(printer, MediaTypes, value);
        switch (type)
        {
            case 1 when value.Length >= 7:
                ushort capabilities = printer.U16(value, 4);
                printer.Put("\n\t    Media capabilities [");
                printer.Bits(MediaCapabilities, capabilities, "none");
                printer.Put($"] (0x{(uint)capabilities:x4})\n\t    Device type [");
                printer.Token(DeviceTypes, value[6], "unknown");
                printer.Put($"] (0x{(uint)value[6]:x2})");
                break;
            case 2 when value.Length >= 8:
                ushort vlan = printer.U16(value, 5), service = printer.U16(value, 6);
                printer.Put("\n\t    Application type [");
                printer.Token(ApplicationTypes, value[4], "none");
                printer.Put($"] (0x{(uint)value[4]:x2}), Flags [");
                printer.Bits(PolicyFlags, value[5], "none");
                printer.Put($"]\n\t    Vlan id {(vlan & 0x1ffe) >> 1}, L2 priority {(service & 0x01c0) >> 6}, DSCP value {service & 0x3f}");
                break;
            case 3 when value.Length >= 5:
                PrintLocation(printer, value);
                break;
            case 4 when value.Length >= 7:
                PrintPower(printer, value);
                break;
            case >= 5 and <= 11:
                printer.Put("\n\t  ");
                printer.Token(Inventories, type, "unknown");
                printer.Put(" ");
                printer.PaddedCharacters(value, 4, value.Length - 4);
                break;
            case >= 1 and <= 4:
                break;
            default:
                return true;
        }

        return false;
    }

    private static void PrintPower(PacketPrinter printer, ReadOnlySpan<byte> value)
    {
        int bits = value[4], power = printer.U16(value, 5);
        printer.Put($"\n\t    Power type [{((bits & 3) != 0 ? "PD device" : "PSE device")}], Power source [");
        printer.Token(PowerSources, (uint)(bits & 0x30) >> 4, "none");
        printer.Put("]\n\t    Power priority [");
        printer.Token(PowerPriorities, (uint)bits & 0xf, "none");
        printer.Put($"] (0x{bits & 0xf:x2})");
        if (power < LongestPower)
            printer.Put($", Power {power / 10}.{power % 10} Watts");
        else
            printer.Put($", Power {power} (Reserved)");
    }

    private static void PrintLocation(PacketPrinter printer, ReadOnlySpan<byte> value)
    {
        byte format = value[4];
        printer.Put("\n\t    Location data format ");
        printer.Token(LocationFormats, format, "unknown");
        printer.Put($" (0x{(uint)format:x2})");
        switch (format)
        {
            case 1:
                if (value.Length < 21)
                    break;
                printer.Put($"\n\t    Latitude resolution {value[5] >> 2}, latitude value {printer.U(value, 5, 5) & 0x3ffffffff}");
                printer.Put($"\n\t    Longitude resolution {value[10] >> 2}, longitude value {printer.U(value, 10, 5) & 0x3ffffffff}");
                printer.Put("\n\t    Altitude type ");
                printer.Token(AltitudeTypes, (uint)value[15] >> 4, "unknown");
                printer.Put($" ({value[15] >> 4})\n\t    Altitude resolution {(printer.U16(value, 15) >> 6) & 0x3f}, altitude value 0x{printer.U32(value, 16) & 0x3fffffff:x}");
                printer.Put("\n\t    Datum ");
                printer.Token(Datums, value[20], "unknown");
                printer.Put($" (0x{(uint)value[20]:x2})");
                break;
            case 2:
                PrintCivicAddress(printer, value);
                break;
            case 3:
                printer.Put("\n\t    ECS ELIN id ");
                printer.PaddedCharacters(value, 5, value.Length - 5);
                break;
            default:
                printer.Put("\n\t    Location ID ");
                printer.Unknown(value, 5, "\n\t      ", value.Length - 5);
                break;
        }
    }

    private static void PrintCivicAddress(PacketPrinter printer, ReadOnlySpan<byte> value)
    {
        if (value.Length < 6)
            return;
        int length = value[5];
        if (length < 3 || value.Length < 7 + length)
            return;
        printer.Put($"\n\t    LCI length {length}, LCI what ");
        printer.Token(LocationSubjects, value[6], "unknown");
        printer.Put($" (0x{(uint)value[6]:x2}), Country-code ");
        printer.PaddedCharacters(value, 7, 2);
        ReadOnlySpan<byte> elements = value.Slice(9, length - 3);
        while (elements.Length >= 2)
        {
            byte type = elements[0], size = elements[1];
            elements = elements[2..];
            printer.Put("\n\t      CA type '");
            printer.Token(CivicTypes, type, "unknown");
            printer.Put($"' ({type}), length {size}: ");
            if (type == 0 || size == 0 || elements.Length < size)
                return;
            printer.PaddedCharacters(elements, 0, size);
            elements = elements[size..];
        }
    }

    // Data center bridging exchange
    private static bool PrintExchange(PacketPrinter printer, ReadOnlySpan<byte> value)
    {
        if (value.Length < 4)
            return false;
        if (PutType(printer, ExchangeTypes, value) == 1)
            return true;
        bool isUnknown = false;
        value = value[4..];
        while (value.Length >= 2)
        {
            int type = value[0] >> 1, size = printer.U16(value, 0) & 0x1ff;
            isUnknown = false;
            value = value[2..];
            if (type == 0 || size == 0 || value.Length < size)
                return isUnknown;
            ReadOnlySpan<byte> element = value[..size];
            int least = type switch { 1 => 10, 2 => 17, 3 => 6, 4 => 4, _ => 0 };
            if (size < least)
                return isUnknown;
            switch (type)
            {
                case 1:
                    printer.Put($"\n\t    Control - Protocol Control (type 0x1, length {size})");
                    PutVersions(printer, element);
                    printer.Put($"\n\t      Sequence Number: {printer.U32(element, 2)}\n\t      Acknowledgement Number: {printer.U32(element, 6)}");
                    break;
                case 2:
                    PrintGroups(printer, element);
                    break;
                case 3:
                    PrintFlowControl(printer, element);
                    break;
                case 4:
                    PrintApplications(printer, element);
                    break;
                default:
                    isUnknown = true;
                    break;
            }

            if (printer.Verbosity > 1 || (printer.Verbosity > 0 && isUnknown))
                printer.Unknown(element, 0, "\n\t    ", size);
            value = value[size..];
        }

        return isUnknown;
    }

    private static void PutVersions(PacketPrinter printer, ReadOnlySpan<byte> element) =>
        printer.Put($"\n\t      Oper_Version: {element[0]}\n\t      Max_Version: {element[1]}");

    private static void PutFeature(PacketPrinter printer, ReadOnlySpan<byte> element)
    {
        PutVersions(printer, element);
        int bits = element[2];
        printer.Put("\n\t      Info block(0x");
        printer.Format("%02X", element[2]);
        printer.Put($"): Enable bit: {bits >> 7}, Willing bit: {(bits >> 6) & 1}, Error Bit: {(bits >> 5) & 1}\n\t      SubType: {element[3]}");
    }

    private static void PrintGroups(PacketPrinter printer, ReadOnlySpan<byte> element)
    {
        printer.Put($"\n\t    Feature - Priority Group (type 0x2, length {element.Length})");
        PutFeature(printer, element);
        printer.Put("\n\t      Priority Allocation");
        for (int i = 0; i < Bits; i++)
            printer.Put($"\n\t          PgId_{i}: {(element[4 + (i / 2)] >> (i % 2 == 0 ? 4 : 0)) & 0xf}");
        printer.Put("\n\t      Priority Group Allocation");
        for (int i = 0; i < Bits; i++)
            printer.Put($"\n\t          Pg percentage[{i}]: {element[8 + i]}");
        printer.Put($"\n\t      NumTCsSupported: {element[16]}");
    }

    private static void PrintFlowControl(PacketPrinter printer, ReadOnlySpan<byte> element)
    {
        printer.Put($"\n\t    Feature - Priority Flow Control (type 0x3, length {element.Length})");
        PutFeature(printer, element);
        printer.Put("\n\t      PFC Config (0x");
        printer.Format("%02X", element[4]);
        printer.Put(")");
        for (int i = 0; i < Bits; i++)
            printer.Put($"\n\t          Priority Bit {i}: {((element[4] & (1 << i)) != 0 ? "Enabled" : "Disabled")}");
        printer.Put($"\n\t      NumTCPFCSupported: {element[5]}");
    }

    private static void PrintApplications(PacketPrinter printer, ReadOnlySpan<byte> element)
    {
        printer.Put($"\n\t    Feature - Application (type 0x4, length {element.Length})");
        PutFeature(printer, element);
        int left = (element.Length - 4) & 0xff;
        for (int at = 4; left >= 6; at += 6, left -= 6)
        {
            uint protocol = printer.U16(element, at), selection = printer.U24(element, at + 2);
            printer.Put($"\n\t      Application Value\n\t          Application Protocol ID: 0x{protocol:x4}");
            printer.Put($"\n\t          SF (0x{selection >> 22:x}) Application Protocol ID is {(selection >> 22 != 0 ? "Socket Number" : "L2 EtherType")}");
            printer.Put($"\n\t          OUI: 0x{selection & 0x3fffff:x6}\n\t          User Priority Map: 0x{(uint)element[at + 5]:x2}");
        }
    }
}
