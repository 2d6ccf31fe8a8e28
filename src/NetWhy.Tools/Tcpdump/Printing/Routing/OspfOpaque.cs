namespace NetWhy.Tools.Tcpdump.Printing.Routing;

/// <summary>Prints opaque advertisements that both versions of OSPF have. Sources: RFC 3623, RFC 3630, RFC 4124, RFC 4203.</summary>
internal static class OspfOpaque
{
    private static readonly Token[] GraceTlvs = [(1, "Grace Period"), (2, "Graceful restart Reason"), (3, "IPv4 interface address")];

    private static readonly Token[] GraceReasons =
        [(0, "Unknown"), (1, "Software Restart"), (2, "Software Reload/Upgrade"), (3, "Control Processor Switch")];

    private static readonly Token[] EngineeringTlvs = [(1, "Router Address"), (2, "Link")];

    private static readonly Token[] LinkSubTlvs =
    [
        (1, "Link Type"), (2, "Link ID"), (3, "Local Interface IP address"), (4, "Remote Interface IP address"),
        (5, "Traffic Engineering Metric"), (6, "Maximum Bandwidth"), (7, "Maximum Reservable Bandwidth"), (8, "Unreserved Bandwidth"),
        (9, "Administrative Group"), (11, "Link Local/Remote Identifier"), (14, "Link Protection Type"),
        (15, "Interface Switching Capability"), (16, "Shared Risk Link Group"), (17, "Bandwidth Constraints"),
    ];

    private static readonly Token[] LinkTypes = [(1, "Point-to-point"), (2, "Multi-Access")];

    /// <summary>Prints what a restarting router asks for.</summary>
    /// <inheritdoc cref="PrintTrafficEngineering"/>
    internal static bool PrintGrace(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, int left)
    {
        while (left > 0)
        {
            if (!PacketPrinter.Has(octets, at, 4))
                return false;
            if (left < 4)
            {
                printer.Put($"\n\t    Remaining LS length {left} < 4");
                return false;
            }

            int type = printer.U16(octets, at), size = printer.U16(octets, at + 2);
            at += 4;
            left -= 4;
            printer.Put("\n\t    ");
            printer.Token(GraceTlvs, (uint)type, "unknown");
            printer.Put($" TLV ({type}), length {size}, value: ");
            if (size > left)
            {
                printer.Put($"\n\t    Bogus length {size} > {left}");
                return false;
            }

            if (type == 0 || size == 0 || !PacketPrinter.Has(octets, at, size))
                return false;
            int right = type switch { 1 or 3 => 4, 2 => 1, _ => size };
            if (size != right)
            {
                printer.Put($"\n\t    Bogus length {size} != {right}");
                return false;
            }

            PrintGraceValue(printer, octets.Slice(at, size), type);
            size = (size + 3) & ~3;
            at += size;
            left -= size;
        }

        return true;
    }

    private static void PrintGraceValue(PacketPrinter printer, ReadOnlySpan<byte> value, int type)
    {
        switch (type)
        {
            case 1:
                printer.Put($"{printer.U32(value, 0)}s");
                break;
            case 2:
                printer.Token(GraceReasons, value[0], "Unknown");
                printer.Put($" ({value[0]})");
                break;
            case 3:
                printer.Ipv4Address(value, 0);
                break;
            default:
                if (printer.Verbosity <= 1)
                    printer.Unknown(value, 0, "\n\t      ", value.Length);
                break;
        }
    }

    /// <summary>Prints what traffic engineering is told.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="octets">What was captured.</param>
    /// <param name="at">Where the advertisement's body begins.</param>
    /// <param name="left">Its octets.</param>
    /// <returns>Whether it could be read to its end.</returns>
    internal static bool PrintTrafficEngineering(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, int left)
    {
        while (left != 0 && !printer.IsCut)
        {
            if (!PacketPrinter.Has(octets, at, 4))
                return false;
            if (left < 4)
            {
                printer.Put($"\n\t    Remaining LS length {left} < 4");
                return false;
            }

            int type = printer.U16(octets, at), size = printer.U16(octets, at + 2);
            at += 4;
            left -= 4;
            printer.Put("\n\t    ");
            printer.Token(EngineeringTlvs, (uint)type, "unknown");
            printer.Put($" TLV ({type}), length: {size}");
            if (size > left)
            {
                printer.Put($"\n\t    Bogus length {size} > {left}");
                return false;
            }

            if (type == 0 || size == 0)
                return false;
            if (type == 2)
            {
                // What a link takes is not counted against the advertisement.
                if (!PrintLink(printer, octets, ref at, size))
                    return false;
                continue;
            }

            if (type == 1 && size < 4)
            {
                printer.Put($"\n\t    TLV length {size} < 4");
                return false;
            }

            if (type == 1 && printer.Need(octets, at, 4))
            {
                printer.Put(", ");
                printer.Ipv4Address(octets, at);
            }
            else if (type != 1 && printer.Verbosity <= 1)
            {
                printer.Unknown(octets, at, "\n\t      ", size);
            }

            size = (size + 3) & ~3;
            if (size > left)
            {
                printer.Put($"\n\t    Bogus padded length {size} > {left}");
                return false;
            }

            at += size;
            left -= size;
        }

        return true;
    }

    private static bool PrintLink(PacketPrinter printer, ReadOnlySpan<byte> octets, ref int at, int left)
    {
        while (left != 0 && !printer.IsCut)
        {
            if (left < 4)
            {
                printer.Put($"\n\t    Remaining TLV length {left} < 4");
                return false;
            }

            int type = printer.U16(octets, at), size = printer.U16(octets, at + 2);
            at += 4;
            left -= 4;
            if (type == 0 || size == 0)
            {
                printer.Invalid();
                return false;
            }

            printer.Put("\n\t      ");
            printer.Token(LinkSubTlvs, (uint)type, "unknown");
            printer.Put($" subTLV ({type}), length: {size}");
            if (left < size)
            {
                printer.Put($"\n\t    Remaining TLV length {left + 4} < {size + 4}");
                return false;
            }

            if (!PacketPrinter.Has(octets, at, size))
                return false;
            if (!PrintLinkSubTlv(printer, octets.Slice(at, size), type))
            {
                printer.Invalid();
                return false;
            }

            if (type == 16)
                at += size; // risk groups are stepped over twice
            size = (size + 3) & ~3;
            if (left < size)
            {
                printer.Put($"\n\t    Remaining TLV length {left + 4} < {size + 4}");
                return false;
            }

            left -= size;
            at += size;
        }

        return true;
    }

    private static bool PrintLinkSubTlv(PacketPrinter printer, ReadOnlySpan<byte> value, int type)
    {
        string? wrong = type switch
        {
            9 or 3 or 4 or 6 or 7 or 5 or 14 => value.Length != 4 ? " != 4" : null,
            2 or 11 => value.Length is not (4 or 8) ? " != 4 && != 8" : null,
            8 => value.Length != 32 ? " != 32" : null,
            17 => value.Length < 4 ? " < 4" : null,
            15 => value.Length < 36 ? " < 36" : null,
            1 => value.Length != 1 ? " != 1" : null,
            16 => value.Length % 4 != 0 ? " != N x 4" : null,
            _ => null,
        };
        if (wrong is not null)
        {
            printer.Put(wrong);
            return false;
        }

        switch (type)
        {
            case 9:
                printer.Put($", 0x{printer.U32(value, 0):x8}");
                break;
            case 2 or 11:
                for (int i = 0; i < value.Length; i += 4)
                {
                    printer.Put(", ");
                    printer.Ipv4Address(value, i);
                    printer.Put($" (0x{printer.U32(value, i):x8})");
                }

                break;
            case 3 or 4:
                printer.Put(", ");
                printer.Ipv4Address(value, 0);
                break;
            case 6 or 7:
                printer.Put(", ");
                printer.Megabits(value, 0);
                break;
            case 8:
                for (int i = 0; i < 8; i++)
                {
                    printer.Put($"\n\t\tTE-Class {i}: ");
                    printer.Megabits(value, i * 4);
                }

                break;
            case 17:
                return PrintConstraints(printer, value);
            case 5:
                printer.Put($", Metric {printer.U32(value, 0)}");
                break;
            case 14:
                printer.Put(", ");
                printer.Bits(GmplsNames.Protections, value[0], "none");
                break;
            case 15:
                printer.Put("\n\t\tInterface Switching Capability: ");
                printer.Token(GmplsNames.SwitchingTypes, value[0], "Unknown");
                printer.Put("\n\t\tLSP Encoding: ");
                printer.Token(GmplsNames.Encodings, value[1], "Unknown");
                printer.Put("\n\t\tMax LSP Bandwidth:");
                for (int i = 0; i < 8; i++)
                {
                    printer.Put($"\n\t\t  priority level {i}: ");
                    printer.Megabits(value, 4 + (i * 4));
                }

                break;
            case 1:
                printer.Put(", ");
                printer.Token(LinkTypes, value[0], "unknown");
                printer.Put($" ({value[0]})");
                break;
            case 16:
                printer.Put("\n\t\t  Shared risk group: ");
                for (int i = 0; i < value.Length; i += 4)
                    printer.Put($"{(i > 0 ? ", " : "")}{printer.U32(value, i)}");
                break;
            default:
                if (printer.Verbosity <= 1)
                    printer.Unknown(value, 0, "\n\t\t", value.Length);
                break;
        }

        return true;
    }

    private static bool PrintConstraints(PacketPrinter printer, ReadOnlySpan<byte> value)
    {
        printer.Put("\n\t\tBandwidth Constraints Model ID: ");
        printer.Token(GmplsNames.BandwidthModels, value[0], "unknown");
        printer.Put($" ({value[0]})");
        if (value.Length % 4 != 0 || value.Length > 36)
        {
            printer.Put($"\n\t\tlength {value.Length}{(value.Length % 4 != 0 ? " != N x 4" : " > 36")}");
            return false;
        }

        for (int i = 0; i < (value.Length - 4) / 4; i++)
        {
            printer.Put($"\n\t\t  Bandwidth constraint CT{i}: ");
            printer.Megabits(value, 4 + (i * 4));
        }

        return true;
    }
}
