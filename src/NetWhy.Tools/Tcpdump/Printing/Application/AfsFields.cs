using System.Buffers;
using System.Buffers.Text;

namespace NetWhy.Tools.Tcpdump.Printing.Application;

/// <summary>Prints arguments of AFS's calls one after the other.</summary>
/// <param name="printer">Where.</param>
/// <param name="octets">What was captured of them.</param>
internal ref struct AfsFields(PacketPrinter printer, ReadOnlySpan<byte> octets)
{
    private static readonly string[] VolumeTypes = ["read-write", "read-only", "backup"];
    private static readonly (int Bit, char Name)[] Rights = [(1, 'r'), (8, 'l'), (4, 'i'), (16, 'd'), (2, 'w'), (32, 'k'), (64, 'a')];

    private static readonly SearchValues<byte> Blanks = SearchValues.Create(" \t\n\v\f\r"u8);

    private readonly ReadOnlySpan<byte> _octets = octets;
    private int _at;

    /// <summary>Prints the next.</summary>
    /// <param name="kind">What it is; see <see cref="AfsPrinter"/>.</param>
    /// <returns>Whether it was captured and sound.</returns>
    internal bool Print(char kind)
    {
        switch (kind)
        {
            case 'd':
                int number = (int)Word();
                printer.Put($" {number}");
                return true;
            case 'u':
                uint unsigned = Word();
                printer.Put($" {unsigned}");
                return true;
            case 'U':
                ulong large = printer.U64(_octets, _at);
                _at += 8;
                printer.Put($" {large}");
                return true;
            case 't':
                PrintTime((int)Word());
                return true;
            case 'f':
                return PrintTriple(" fid ", '/');
            case 'w':
                return PrintTriple(" server ", ':');
            case 'F':
                return PrintList('f', ",", " <none!>");
            case 'M':
                return PrintList('w', ",", " <none!>");
            case 'N':
                return PrintList('P', "", " <none!>");
            case 'I':
                return PrintList('d', "", " <none!>");
            case 's':
                return PrintText(256);
            case 'n':
                return PrintText(64);
            case 'v':
                return PrintText(65);
            case 'P':
                return PrintWordText(64);
            case 'V':
                return PrintWordText(65);
            case 'W':
                return PrintWordText(32);
            case 'a':
                return PrintAttributes();
            case 'A':
                return PrintRights();
            case 'b':
                if (!PacketPrinter.Has(_octets, _at, 8))
                    return false;
                printer.Put($" {Word()}.{Word()}");
                return true;
            case 'i':
                return PrintIdentifier();
            case 'T':
                uint type = Word();
                if (type < (uint)VolumeTypes.Length)
                    printer.Put($" type {VolumeTypes[type]}");
                return true;
            case 'x':
                uint size = Word();
                if (size > (uint)_octets.Length || !PacketPrinter.Has(_octets, _at, (int)size))
                    return false;
                _at += (int)size;
                return true;
            case 'z':
                Word();
                return true;
            case 'y':
                printer.Put(Word() != 0 ? " yes" : " no");
                return true;
            case 'k':
                PrintCallbacks();
                return true;
            case 'L':
                return PrintVolumes();
            default:
                return PrintEntry(servers: kind is '0' ? 8 : 13, hasIdentifiers: kind is '2');
        }
    }

    private uint Word()
    {
        uint word = printer.U32(_octets, _at);
        _at += 4;
        return word;
    }

    private bool PrintTriple(string title, char separator)
    {
        if (!PacketPrinter.Has(_octets, _at, 12))
            return false;
        printer.Put($"{title}{Word()}{separator}{Word()}{separator}{Word()}");
        return true;
    }

    private bool PrintList(char kind, string separator, string none)
    {
        uint count = Word();
        if (count == 0)
            printer.Put(none);
        for (uint i = 0; i < count && !printer.IsCut; i++)
        {
            if (!Print(kind))
                return false;
            printer.Put(i < count - 1 ? separator : "");
        }

        return true;
    }

    private readonly void PrintTime(int seconds)
    {
        DateTime time = DateTimeOffset.FromUnixTimeSeconds(seconds).LocalDateTime;
        printer.Put($" {time.Year:d4}/{time.Month:d2}/{time.Day:d2} {time.Hour:d2}:{time.Minute:d2}:{time.Second:d2}");
    }

    private bool PrintText(uint most)
    {
        uint length = Word();
        if (length > most)
            return false;
        printer.Put(" \"");
        if (!printer.CapturedCharacters(_octets, _at, (int)length))
            return false;
        printer.Put("\"");
        _at += ((int)length + 3) & ~3;
        return true;
    }

    // Each octet lies in a word.
    private bool PrintWordText(int length)
    {
        if (!PacketPrinter.Has(_octets, _at, length * 4))
            return false;
        printer.Put(" \"");
        for (int i = 0; i < length && _octets[_at + (i * 4) + 3] != 0; i++)
            printer.Character(_octets[_at + (i * 4) + 3]);
        printer.Put("\"");
        _at += length * 4;
        return true;
    }

    private bool PrintAttributes()
    {
        if (!PacketPrinter.Has(_octets, _at, 24))
            return false;
        uint mask = Word();
        printer.Put(mask != 0 ? " StoreStatus" : "");
        int time = (int)Word();
        if ((mask & 1) != 0)
        {
            printer.Put(" date");
            PrintTime(time);
        }

        uint owner = Word(), group = Word(), mode = Word(), segment = Word();
        if ((mask & 2) != 0)
            printer.Put($" owner {owner}");
        if ((mask & 4) != 0)
            printer.Put($" group {group}");
        if ((mask & 8) != 0)
        {
            printer.Put(" mode ");
            NfsPrinter.PutOctal(printer, mode & 0xfff);
        }

        if ((mask & 16) != 0)
            printer.Put($" segsize {segment}");
        printer.Put((mask & 1024) != 0 ? " fsync" : "");
        return true;
    }

    private bool PrintIdentifier()
    {
        if (!PacketPrinter.Has(_octets, _at, 44))
            return false;
        printer.Put($" {Word():x8}{Word():x4}{Word():x4}");
        for (int i = 0; i < 8; i++)
            printer.Put($"{Word() & 0xff:x2}");
        return true;
    }

    private void PrintCallbacks()
    {
        uint count = Word();
        printer.Put(count != 0 ? ";" : "");
        for (uint i = 0; i < count && !printer.IsCut; i++)
        {
            printer.Put(" ver");
            Print('d');
            printer.Put(" expires");
            Print('t');
            Word();
        }
    }

    private bool PrintVolumes()
    {
        const int Rest = 21 * 4;
        uint count = Word();
        if (count == 0)
            printer.Put(" <none!>");
        for (uint i = 0; i < count && !printer.IsCut; i++)
        {
            printer.Put(" name");
            if (!Print('W'))
                return false;
            printer.Put(" volid");
            Print('u');
            printer.Put(" type");
            _at += Rest;
            printer.Put(i < count - 1 ? "," : "");
        }

        return true;
    }

    private bool PrintEntry(int servers, bool hasIdentifiers)
    {
        if (!Print('V'))
            return false;
        if (servers == 8)
        {
            if (!PacketPrinter.Has(_octets, _at, 4))
                return false;
            _at += 4;
        }

        printer.Put(" numservers");
        uint count = Word();
        printer.Put($" {count} servers");
        for (uint i = 0; i < servers; i++)
        {
            bool isOne = i < count;
            if (hasIdentifiers && isOne)
            {
                printer.Put(" afsuuid");
                if (!PrintIdentifier())
                    return false;
                continue;
            }

            int size = hasIdentifiers ? 44 : 4;
            if (!PacketPrinter.Has(_octets, _at, size))
                return false;
            if (isOne)
            {
                printer.Put(" ");
                NameResolver.PutNumber(printer.Text, _octets.Slice(_at, 4));
            }

            _at += size;
        }

        if (hasIdentifiers)
            _at += 4 * servers;
        printer.Put(" partitions");
        for (uint i = 0; i < servers; i++)
        {
            uint partition = Word();
            if (i < count && partition <= 26)
                printer.Put($" {(char)('a' + partition)}");
            else if (i < count)
                printer.Put($" {partition}");
        }

        if (!PacketPrinter.Has(_octets, _at, servers * 4))
            return false;
        _at += servers * 4;
        printer.Put(" rwvol");
        Print('u');
        printer.Put(" rovol");
        Print('u');
        printer.Put(" backup");
        Print('u');
        return true;
    }

    // Text of its own: two counts, then so many lines of a name and its rights as a number.
    private bool PrintRights()
    {
        const int Most = 1024;
        uint size = Word();
        if (size > (uint)_octets.Length || !PacketPrinter.Has(_octets, _at, (int)size))
            return false;
        ReadOnlySpan<byte> text = _octets.Slice(_at, (int)Math.Min(size, Most));
        int zero = text.IndexOf((byte)0);
        text = zero < 0 ? text : text[..zero];
        if (!TryNumber(ref text, out int granted) || !TryNumber(ref text, out int denied))
            return true;
        for (int i = 0; i < (long)granted + denied; i++)
        {
            ReadOnlySpan<byte> name = Take(ref text);
            if (name.IsEmpty || !TryNumber(ref text, out int rights))
                return true;
            printer.Put(i < granted ? " +{" : " -{");
            printer.CapturedCharacters(name, 0, name.Length);
            printer.Put(" ");
            foreach ((int bit, char right) in Rights)
            {
                if ((rights & bit) != 0)
                    printer.Put($"{right}");
            }

            printer.Put("}");
        }

        return true;
    }

    private static ReadOnlySpan<byte> Take(ref ReadOnlySpan<byte> text)
    {
        text = text.TrimStart(" \t\n\v\f\r"u8);
        int end = text.IndexOfAny(Blanks);
        ReadOnlySpan<byte> word = end < 0 ? text : text[..end];
        text = text[word.Length..];
        return word;
    }

    private static bool TryNumber(ref ReadOnlySpan<byte> text, out int number)
    {
        text = text.TrimStart(" \t\n\v\f\r"u8);
        if (!Utf8Parser.TryParse(text, out number, out int used))
            return false;
        text = text[used..];
        return true;
    }
}
