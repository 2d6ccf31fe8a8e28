namespace NetWhy.Tools.Tcpdump.Printing.Application;

/// <summary>What an element of SNMP's messages is.</summary>
internal enum BerKind
{
    /// <summary>Nothing that has a meaning.</summary>
    Any,

    /// <summary>Nothing, as value.</summary>
    Null,

    /// <summary>Octets.</summary>
    Octets,

    /// <summary>Name of an object.</summary>
    ObjectIdentifier,

    /// <summary>Number with sign.</summary>
    Integer,

    /// <summary>Number without sign.</summary>
    Unsigned,

    /// <summary>Text or octets.</summary>
    String,

    /// <summary>Elements.</summary>
    Sequence,

    /// <summary>IPv4 address.</summary>
    Address,

    /// <summary>Request, answer or trap.</summary>
    Unit,

    /// <summary>Instead of a value, why there is none.</summary>
    Exception,
}

/// <summary>An element.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Identifier">Its number within its class.</param>
/// <param name="At">Where its value begins.</param>
/// <param name="Length">Octets of its value.</param>
/// <param name="Number">Its value, if that is a number.</param>
internal readonly record struct BerElement(BerKind Kind, int Identifier, int At, int Length, ulong Number)
{
    /// <summary>Its value, if that is a number with sign.</summary>
    internal int Signed => unchecked((int)Number);
}

/// <summary>Reads elements one by one, and prints them. Source: ITU-T X.690; RFC 2578.</summary>
internal ref struct BerReader
{
    private const int Universal = 0, Application = 1, Context = 2;

    private static readonly string[] UniversalNames =
    [
        "U-0", "Boolean", "Integer", "Bitstring", "String", "Null", "ObjID", "ObjectDes", "U-8", "U-9", "U-10", "U-11", "U-12", "U-13",
        "U-14", "U-15", "Sequence", "Set",
    ];

    private static readonly string[] ApplicationNames = ["IpAddress", "Counter", "Gauge", "TimeTicks", "Opaque", "C-5", "Counter64"];

    private static readonly string[] ContextNames =
        ["GetRequest", "GetNextRequest", "GetResponse", "SetRequest", "Trap", "GetBulk", "Inform", "V2Trap", "Report"];

    private static readonly string[] PrivateNames = ["P-0"];
    private static readonly string[] ExceptionNames = ["noSuchObject", "noSuchInstance", "endOfMibView"];

    private readonly PacketPrinter _printer;
    private readonly ReadOnlySpan<byte> _octets;
    private int _at;

    /// <summary>Makes a reader.</summary>
    /// <param name="printer">Where complaints go.</param>
    /// <param name="octets">What was captured.</param>
    /// <param name="at">Where the first element lies.</param>
    /// <param name="length">Octets of the elements.</param>
    internal BerReader(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, int length)
    {
        _printer = printer;
        _octets = octets;
        _at = at;
        Left = length;
    }

    /// <summary>Octets that are not read.</summary>
    internal int Left { get; private set; }

    /// <summary>Reads what is in an element.</summary>
    /// <param name="element">The element.</param>
    internal readonly BerReader Into(BerElement element) => new(_printer, _octets, element.At, element.Length);

    /// <summary>Octets of an element's value, which was captured.</summary>
    /// <param name="element">The element.</param>
    internal readonly ReadOnlySpan<byte> Value(BerElement element) => PacketPrinter.Part(_octets, element.At, element.Length);

    /// <summary>Reads an element of a kind; says so, and prints it, if it is of another.</summary>
    /// <param name="kind">The kind.</param>
    /// <param name="complaint">What is said.</param>
    /// <param name="element">The element.</param>
    internal bool Expect(BerKind kind, string complaint, out BerElement element)
    {
        if (!Read(out element))
            return false;
        if (element.Kind == kind)
            return true;
        _printer.Put(complaint);
        Put(element);
        return false;
    }

    /// <summary>Reads an element.</summary>
    /// <param name="element">The element.</param>
    /// <returns>Whether it was whole.</returns>
    internal bool Read(out BerElement element)
    {
        element = default;
        if (Left < 1)
            return Complain("[nothing to parse]");
        int tag = _printer.U8(_octets, _at), identifier = tag & 0x1f, kind = tag >> 6;
        bool isConstructed = (tag & 0x20) != 0;
        Skip(1);
        if (identifier == 0x1f && !ReadIdentifier(out identifier))
            return false;
        if (Left < 1)
            return Complain("[no asnlen]");
        if (!ReadLength(out uint length))
            return false;
        if ((uint)Left < length)
        {
            _printer.Put($"[len{Left}<asnlen{length}]");
            return false;
        }

        string[] names = kind switch { Universal => UniversalNames, Application => ApplicationNames, Context => ContextNames, _ => PrivateNames };
        if (identifier >= names.Length)
        {
            _printer.Put($"[id?{(isConstructed ? 'C' : 'P')}/x/{identifier}]");
            return false;
        }

        if (_printer.IsCut)
            return false;
        if (!PacketPrinter.Has(_octets, _at, (int)length))
        {
            _printer.Truncated();
            return false;
        }

        BerKind found = KindOf(kind, isConstructed, identifier);
        if (found is BerKind.Integer && length == 0)
            return Complain("[asnlen=0]");
        if (found is BerKind.Octets)
            PutName(kind, isConstructed, names[identifier]);
        element = new BerElement(found, identifier, _at, (int)length, NumberOf(found, (int)length));
        Skip((int)length);
        return true;
    }

    private void Skip(int count)
    {
        _at += count;
        Left -= count;
    }

    private readonly bool Complain(string text)
    {
        _printer.Put(text);
        return false;
    }

    private bool ReadIdentifier(out int identifier)
    {
        identifier = 0;
        int octet;
        do
        {
            octet = _printer.U8(_octets, _at);
            if (Left < 1 || _printer.IsCut)
                return Complain("[Xtagfield?]");
            identifier = ((identifier << 7) | (octet & 0x7f)) & 0xff;
            Skip(1);
        }
        while ((octet & 0x80) != 0);
        return true;
    }

    private bool ReadLength(out uint length)
    {
        length = _printer.U8(_octets, _at);
        Skip(1);
        if ((length & 0x80) == 0)
            return true;
        int count = (int)length & 0x7f;
        length = 0;
        if (Left < count)
        {
            _printer.Put($"[asnlen? {Left}<{count}]");
            return false;
        }

        if (!PacketPrinter.Has(_octets, _at, count))
        {
            _printer.Truncated();
            return false;
        }

        for (int i = 0; i < count; i++)
            length = (length << 8) | _octets[_at + i];
        Skip(count);
        return true;
    }

    private static BerKind KindOf(int kind, bool isConstructed, int identifier) => (kind, isConstructed) switch
    {
        (Universal, false) => identifier switch
        {
            2 => BerKind.Integer,
            4 => BerKind.String,
            5 => BerKind.Null,
            6 => BerKind.ObjectIdentifier,
            _ => BerKind.Octets,
        },
        (Application, false) => identifier switch
        {
            0 => BerKind.Address,
            1 or 2 or 3 or 6 => BerKind.Unsigned,
            _ => BerKind.Octets,
        },
        (Context, false) => identifier < ExceptionNames.Length ? BerKind.Exception : BerKind.Any,
        (Universal, true) when identifier == 16 => BerKind.Sequence,
        (Context, true) => BerKind.Unit,
        _ => BerKind.Octets,
    };

    private readonly void PutName(int kind, bool isConstructed, string name)
    {
        string ofKind = kind switch { Universal => "U", Application when !isConstructed => "A", _ => "x" };
        if (isConstructed)
            _printer.Put($"C/{ofKind}/{name}");
        else
            _printer.Put($"[P/{ofKind}/{name}]");
    }

    private readonly ulong NumberOf(BerKind kind, int length)
    {
        if (kind is not (BerKind.Integer or BerKind.Unsigned))
            return 0;
        ReadOnlySpan<byte> value = PacketPrinter.Part(_octets, _at, length);
        ulong number = kind is BerKind.Integer && (value[0] & 0x80) != 0 ? ulong.MaxValue : 0;
        foreach (byte octet in value)
            number = (number << 8) | octet;
        return number;
    }

    /// <summary>Prints an element.</summary>
    /// <param name="element">The element.</param>
    internal readonly void Put(BerElement element)
    {
        ReadOnlySpan<byte> value = Value(element);
        switch (element.Kind)
        {
            case BerKind.Octets:
                PutOctets(element);
                break;
            case BerKind.ObjectIdentifier:
                PutObject(value);
                break;
            case BerKind.Integer:
                _printer.Put($"{element.Signed}");
                break;
            case BerKind.Unsigned:
                const int Counter64 = 6;
                if (element.Identifier == Counter64)
                    _printer.Put($"{element.Number}");
                else
                    _printer.Put($"{(uint)element.Number}");
                break;
            case BerKind.String:
                PutString(element);
                break;
            case BerKind.Sequence:
                _printer.Put($"Seq({element.Length})");
                break;
            case BerKind.Address:
                if (value.Length != 4)
                    _printer.Put("[inetaddr len!=4]");
                for (int i = 0; i < value.Length; i++)
                    _printer.Put($"{(i > 0 ? "." : "")}{(uint)value[i]}");
                break;
            case BerKind.Unit:
                _printer.Put($"{ContextNames[element.Identifier]}({element.Length})");
                break;
            case BerKind.Exception:
                _printer.Put($"[{ExceptionNames[element.Identifier]}]");
                break;
            case BerKind.Any:
                _printer.Put("[BE_ANY!?]");
                break;
        }
    }

    /// <summary>Prints the octets of an element.</summary>
    /// <param name="element">The element.</param>
    internal readonly void PutOctets(BerElement element)
    {
        foreach (byte octet in Value(element))
            _printer.Put($"_{(uint)octet:x2}");
    }

    /// <summary>Prints an element as text, or as octets if it is none.</summary>
    /// <param name="element">The element.</param>
    internal readonly void PutString(BerElement element)
    {
        ReadOnlySpan<byte> value = Value(element);
        if (!value.ContainsAnyExceptInRange((byte)0x20, (byte)0x7e))
        {
            _printer.Put($"\"{value}\"");
            return;
        }

        for (int i = 0; i < value.Length; i++)
            _printer.Put($"{(i > 0 ? "_" : "")}{(uint)value[i]:x2}");
    }

    private readonly void PutObject(ReadOnlySpan<byte> value)
    {
        const int RootMultiple = 40, MostRoots = 2; // X.690, 8.19.4
        uint number = 0;
        bool isFirst = true;
        foreach (byte octet in value)
        {
            number = (number << 7) + (octet & 0x7fu);
            if ((octet & 0x80) != 0)
                continue;
            if (isFirst)
            {
                uint root = Math.Min(number / RootMultiple, MostRoots);
                _printer.Put($".{root}");
                number -= root * RootMultiple;
                isFirst = false;
            }

            _printer.Put($".{number}");
            number = 0;
        }
    }
}
