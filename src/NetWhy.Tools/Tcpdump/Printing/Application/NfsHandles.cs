namespace NetWhy.Tools.Tcpdump.Printing.Application;

/// <summary>Prints handles of files of NFS as the servers of old made them; others as they are.</summary>
/// <remarks>A handle means something to its server alone; which server made it is guessed from zeros in it.</remarks>
internal static class NfsHandles
{
    private const int Least = 16, LeastOfVms = 28, MostOpaque = 32;

    private enum Maker
    {
        Unknown,
        Auspex,
        Osf,
        Irix4,
        SunOs4,
        Ultrix,
        Vms,
        SunOs5,
        HpUx,
        Bsd,
    }

    /// <summary>Prints a handle.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="handle">Its octets.</param>
    internal static void Print(PacketPrinter printer, ReadOnlySpan<byte> handle)
    {
        if (printer.Options.ShowsRawHandles)
        {
            printer.Put(" fh[");
            for (int i = 0; i < handle.Length; i += 4)
                printer.Put($"{(i > 0 ? ":" : "")}{printer.U32(handle, i):x}");
            printer.Put("]");
            return;
        }

        Maker maker = handle.Length < Least ? Maker.Unknown : MakerOf(handle);
        if (maker is Maker.Unknown)
        {
            const string Name = "Unknown"; // what is printed of a name has as many characters as the handle has words
            printer.Put($" fh {Name[..Math.Min(handle.Length / 4, Name.Length)]}/");
            foreach (byte octet in PacketPrinter.First(handle, MostOpaque))
                printer.Format("%02X", octet);
            return;
        }

        if (maker is Maker.Vms)
        {
            printer.Put(" fh ");
            foreach (byte octet in handle[1..(1 + (handle.Length / 4))])
            {
                if (octet is 0 or (byte)' ')
                    break;
                printer.Character(octet);
            }

            printer.Put($"/{((uint)handle[26] << 24) | ((uint)handle[27] << 16) | printer.L16(handle, 22)}");
            return;
        }

        (uint major, uint minor, uint node) = maker switch
        {
            Maker.Auspex => (handle[6], handle[7], printer.U32(handle, 12)),
            Maker.Bsd => (handle[1], handle[0], printer.L32(handle, 12)),
            Maker.Osf => ((printer.L32(handle, 0) >> 20) & 0xfff, printer.L32(handle, 0) & 0xfffff, printer.L32(handle, 12)),
            Maker.Irix4 => (handle[2], handle[3], printer.U32(handle, 8)),
            Maker.SunOs4 => (handle[2], handle[3], printer.U32(handle, 12)),
            Maker.Ultrix => (handle[1], handle[0], printer.L32(handle, 4)),
            Maker.SunOs5 => (((uint)printer.U16(handle, 0) >> 2) & 0x3fff, printer.U24(handle, 1) & 0x3ffff, printer.U32(handle, 12)),
            _ => ((uint)handle[0], printer.U24(handle, 1), printer.U32(handle, 12)),
        };
        printer.Put($" fh {major},{minor}/{node}");
    }

    private static Maker MakerOf(ReadOnlySpan<byte> handle)
    {
        bool startsZero = handle[0] == 0 && handle[1] == 0, goesOnZero = handle[2] == 0 && handle[3] == 0;
        if (startsZero)
        {
            if (goesOnZero)
                return Maker.Auspex;
            if (handle[4] != 0 && handle[5] == 0 && handle[8] == 12 && handle[9] == 0)
                return Maker.Osf;
            return handle[4] == 0 && handle[5] == 8 && handle[6] == 0 && handle[7] == 0 ? Maker.Irix4 : Maker.SunOs4;
        }

        if (goesOnZero)
        {
            if (handle[6] == 0 && handle[7] == 0)
                return Maker.Bsd;
            if (handle.Length >= 24 && handle[21] == 0 && handle[23] == 0)
                return Maker.Ultrix;
            return handle[9] == 10 ? Maker.SunOs5 : Maker.Unknown;
        }

        if (handle[8] == 12 && handle[9] == 0)
            return Maker.Osf;
        if (handle[8] == 0 && handle[9] == 10)
            return handle[4..8].ContainsAnyExcept((byte)0) ? Maker.SunOs5 : Maker.HpUx;
        return IsVms(handle) ? Maker.Vms : Maker.Unknown;
    }

    private static bool IsVms(ReadOnlySpan<byte> handle)
    {
        if (handle.Length < LeastOfVms)
            return false;
        bool hasEnded = false;
        foreach (byte octet in handle[1..14])
        {
            bool isPrintable = octet is >= 0x20 and < 0x7f;
            if ((isPrintable && hasEnded) || (!isPrintable && octet != 0))
                return false;
            hasEnded |= octet == 0;
        }

        return true;
    }
}
