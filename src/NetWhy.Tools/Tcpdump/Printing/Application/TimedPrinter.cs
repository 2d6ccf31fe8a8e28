namespace NetWhy.Tools.Tcpdump.Printing.Application;

/// <summary>Prints the Time Synchronization Protocol of Berkeley UNIX. Source: R. Gusella, S. Zatti, The Berkeley UNIX Time Synchronization Protocol.</summary>
internal static class TimedPrinter
{
    private const int AdjustTime = 1, SetTime = 5, SetDate = 22, SetDateRequest = 23, Loop = 24;
    private const int LongestName = 256;

    private static readonly Token[] Types =
    [
        (0, "TSP_ANY"), (1, "TSP_ADJTIME"), (2, "TSP_ACK"), (3, "TSP_MASTERREQ"), (4, "TSP_MASTERACK"), (5, "TSP_SETTIME"),
        (6, "TSP_MASTERUP"), (7, "TSP_SLAVEUP"), (8, "TSP_ELECTION"), (9, "TSP_ACCEPT"), (10, "TSP_REFUSE"), (11, "TSP_CONFLICT"),
        (12, "TSP_RESOLVE"), (13, "TSP_QUIT"), (14, "TSP_DATE"), (15, "TSP_DATEREQ"), (16, "TSP_DATEACK"), (17, "TSP_TRACEON"),
        (18, "TSP_TRACEOFF"), (19, "TSP_MSITE"), (20, "TSP_MSITEREQ"), (21, "TSP_TEST"), (22, "TSP_SETDATE"), (23, "TSP_SETDATEREQ"),
        (24, "TSP_LOOP"),
    ];

    /// <summary>Prints a message.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="octets">What was captured.</param>
    internal static void Print(PacketPrinter printer, ReadOnlySpan<byte> octets)
    {
        printer.Protocol = "timed";
        uint type = printer.U8(octets, 0);
        printer.Token(Types, type, "(tsp_type 0x%x)");
        uint version = printer.U8(octets, 1);
        printer.Put($" vers {version}");
        uint sequence = printer.U16(octets, 2);
        printer.Put($" seq {sequence}");
        if (type == Loop)
        {
            uint hops = printer.U8(octets, 4);
            printer.Put($" hopcnt {hops}");
        }
        else if (type is AdjustTime or SetTime or SetDate or SetDateRequest)
        {
            int seconds = (int)printer.U32(octets, 4), microseconds = (int)printer.U32(octets, 8);
            if (microseconds < 0)
                return;
            printer.Put(" time ");
            if (seconds < 0 && microseconds != 0)
            {
                seconds++;
                printer.Put(seconds == 0 ? "-" : "");
                microseconds = 1_000_000 - microseconds;
            }

            printer.Put($"{seconds}.");
            if (microseconds < 0)
                printer.Put($"-{(uint)-microseconds:d5}");
            else
                printer.Put($"{microseconds:d6}");
        }

        printer.Put(" name ");
        printer.PaddedCharacters(octets, 12, LongestName);
    }
}
