namespace NetWhy.Tools.Tcpdump.Printing.Network.Pim;

/// <summary>Prints the options of PIM's hello. Source: RFC 7761, section 4.9.2; RFC 3973, section 4.7.5.</summary>
internal static class PimHello
{
    private const int HoldTime = 1;
    private const int PruneDelay = 2;
    private const int OldPriority = 18;
    private const int Priority = 19;
    private const int Generation = 20;
    private const int StateRefresh = 21;
    private const int Bidirectional = 22;
    private const int AddressList = 24;
    private const int OldAddressList = 65001;

    private static readonly Token[] Options =
    [
        (HoldTime, "Hold Time"), (PruneDelay, "LAN Prune Delay"), (OldPriority, "DR Priority (Old)"), (Priority, "DR Priority"),
        (Generation, "Generation ID"), (StateRefresh, "State Refresh Capability"), (Bidirectional, "Bi-Directional Capability"),
        (AddressList, "Address List"), (OldAddressList, "Address List (Old)"),
    ];

    /// <summary>Prints the options.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="body">The message.</param>
    /// <returns>Whether they are whole.</returns>
    internal static bool Print(PacketPrinter printer, ref PimBody body)
    {
        while (body.Left > 0 && !printer.IsCut)
        {
            if (body.Left < 4)
                return false;
            int type = printer.U16(body.Rest, 0), size = printer.U16(body.Rest, 2);
            printer.Put("\n\t  ");
            printer.Token(Options, (uint)type, "Unknown");
            printer.Put($" Option ({type}), length {size}, Value: ");
            body.Skip(4);
            if (printer.IsCut)
                return true;
            if (body.Left < size || body.Rest.Length < size)
                return false;
            int right = type switch
            {
                HoldTime => 2,
                PruneDelay or Generation or StateRefresh => 4,
                OldPriority or Priority when size != 0 => 4,
                _ => size,
            };
            if (size != right)
            {
                printer.Put($"[option length {size} != {right}]");
                printer.Invalid();
                return true;
            }

            if (!PrintOption(printer, ref body, type, size))
                return false;
            if (printer.Verbosity > 1)
                printer.Unknown(body.Rest, 0, "\n\t    ", size);
            body.Skip(size);
        }

        return true;
    }

    private static bool PrintOption(PacketPrinter printer, ref PimBody body, int type, int size)
    {
        ReadOnlySpan<byte> option = body.Rest;
        switch (type)
        {
            case HoldTime:
                printer.Span(printer.U16(option, 0));
                break;
            case PruneDelay:
                int delay = printer.U16(option, 0);
                printer.Put($"\n\t    T-bit={delay >> 15}, LAN delay {delay & 0x7fff}ms, Override interval {printer.U16(option, 2)}ms");
                break;
            case OldPriority or Priority:
                if (size == 0)
                    printer.Put("Bi-Directional Capability (Old)");
                else
                    printer.Put($"{printer.U32(option, 0)}");
                break;
            case Generation:
                printer.Put($"0x{printer.U32(option, 0):x8}");
                break;
            case StateRefresh:
                printer.Put($"v{option[0]}");
                if (option[1] != 0)
                {
                    printer.Put(", interval ");
                    printer.Span(option[1]);
                }

                if (printer.U16(option, 2) is not 0 and var rest)
                    printer.Put($" ?0x{(uint)rest:x4}?");
                break;
            case Bidirectional:
                break;
            case AddressList or OldAddressList:
                return printer.Verbosity <= 1 || PrintAddresses(printer, body, size);
            default:
                if (printer.Verbosity <= 1)
                    printer.Unknown(option, 0, "\n\t    ", size);
                break;
        }

        return true;
    }

    private static bool PrintAddresses(PacketPrinter printer, PimBody list, int size)
    {
        int end = list.Left - size;
        while (list.Left > end && !printer.IsCut)
        {
            if (!list.Unicast("\n\t    "))
                return false;
        }

        return true;
    }
}
