using System.Buffers;

namespace NetWhy.Wire.Http;

/// <summary>The first line of an HTTP/1 message and its header fields, viewed where they lie.</summary>
/// <remarks>
/// It is told by its first line only, so that data is not taken for it; header fields are walked as they come.
/// <see cref="Read"/> makes the only checks; after <see cref="OperationStatus.Done"/> no member can throw.
/// <see cref="HttpResponseHead"/> is for who talks to a server and must be strict. Source: RFC 9112, sections 2 to 5.
/// </remarks>
public readonly ref struct HttpHead
{
    private const int VersionSize = 8; // HTTP/1.1
    private const int LongestMethod = 32;
    private const int StatusEnd = 12;

    private static readonly SearchValues<byte> MethodOctets = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZ-_"u8);

    private readonly ReadOnlySpan<byte> _fields;

    private HttpHead(ReadOnlySpan<byte> method, ReadOnlySpan<byte> target, ReadOnlySpan<byte> version, int status, ReadOnlySpan<byte> reason, ReadOnlySpan<byte> fields)
    {
        Method = method;
        Target = target;
        Version = version;
        Status = status;
        Reason = reason;
        _fields = fields;
    }

    /// <summary>Whether it is a response.</summary>
    public bool IsResponse => Status != 0;

    /// <summary>Whether it is hardly anything else: a response, a request with its version, or the beginning of one for a path.</summary>
    public bool IsMessage => IsResponse || !Version.IsEmpty || Target is [(byte)'/', ..];

    /// <summary>What a request wants done; empty for a response.</summary>
    public ReadOnlySpan<byte> Method { get; }

    /// <summary>What a request is about, cut where the octets end; empty for a response.</summary>
    public ReadOnlySpan<byte> Target { get; }

    /// <summary>Whether the octets end within that.</summary>
    public bool IsTargetCut { get; private init; }

    /// <summary>Version, such as <c>HTTP/1.1</c>; empty if the octets end before it.</summary>
    public ReadOnlySpan<byte> Version { get; }

    /// <summary>Status code of a response, 100 to 999; 0 for a request.</summary>
    public int Status { get; }

    /// <summary>Reason of a response; may be empty.</summary>
    public ReadOnlySpan<byte> Reason { get; }

    /// <summary>The header fields that are here whole.</summary>
    public HttpFields Fields => new(_fields);

    /// <summary>Views the message that starts at the first octet.</summary>
    /// <param name="octets">Octets of the stream.</param>
    /// <param name="head">The view, valid as long as <paramref name="octets"/> is.</param>
    /// <returns>
    /// <see cref="OperationStatus.Done"/>, also if the octets end within; <see cref="OperationStatus.NeedMoreData"/> if they
    /// are too few to tell; <see cref="OperationStatus.InvalidData"/> if no message begins here.
    /// </returns>
    public static OperationStatus Read(ReadOnlySpan<byte> octets, out HttpHead head)
    {
        ReadOnlySpan<byte> rest = octets;
        bool isWhole = TryTakeLine(ref rest, out ReadOnlySpan<byte> line);
        if (!isWhole)
            line = octets;
        return line.StartsWith("HTTP/1."u8) ? ReadResponse(line, rest, out head) : ReadRequest(line, isWhole, rest, out head);
    }

    internal static bool TryTakeLine(scoped ref ReadOnlySpan<byte> rest, out ReadOnlySpan<byte> line)
    {
        int feed = rest.IndexOf((byte)'\n');
        line = default;
        if (feed < 0)
            return false;
        line = rest[..feed];
        rest = rest[(feed + 1)..];
        if (line is [.., (byte)'\r'])
            line = line[..^1];
        return true;
    }

    private static OperationStatus ReadResponse(ReadOnlySpan<byte> line, ReadOnlySpan<byte> rest, out HttpHead head)
    {
        head = default;
        if (line.Length < StatusEnd)
            return OperationStatus.NeedMoreData;
        int status = 0;
        foreach (byte digit in line[(VersionSize + 1)..StatusEnd])
        {
            if (digit is < (byte)'0' or > (byte)'9')
                return OperationStatus.InvalidData;
            status = (status * 10) + digit - '0';
        }

        if (status < 100 || line[VersionSize] != (byte)' ' || (line.Length > StatusEnd && line[StatusEnd] != (byte)' '))
            return OperationStatus.InvalidData;
        ReadOnlySpan<byte> reason = line.Length > StatusEnd ? line[(StatusEnd + 1)..] : default;
        head = new HttpHead(default, default, line[..VersionSize], status, reason, rest);
        return OperationStatus.Done;
    }

    private static OperationStatus ReadRequest(ReadOnlySpan<byte> line, bool isWhole, ReadOnlySpan<byte> rest, out HttpHead head)
    {
        head = default;
        int space = line[..Math.Min(line.Length, LongestMethod)].IndexOf((byte)' ');
        if (space < 0)
            return isWhole || !IsMethod(line) ? OperationStatus.InvalidData : OperationStatus.NeedMoreData;
        if (!IsMethod(line[..space]))
            return OperationStatus.InvalidData;

        ReadOnlySpan<byte> target = line[(space + 1)..];
        int end = target.LastIndexOf(" HTTP/1."u8);
        if (end < 0 && (isWhole || !IsKnown(line[..space])))
            return OperationStatus.InvalidData; // of a cut line, only the method says that it is one
        if (end >= 0)
        {
            head = new HttpHead(line[..space], target[..end], target[(end + 1)..], 0, default, rest);
            return OperationStatus.Done;
        }

        int behind = target.IndexOf((byte)' '); // where of the version only the beginning is here
        head = new HttpHead(line[..space], behind < 0 ? target : target[..behind], default, 0, default, default) { IsTargetCut = behind < 0 };
        return OperationStatus.Done;
    }

    // A token of capitals: every method that IANA lists. Source: IANA, "HTTP Method Registry".
    private static bool IsMethod(ReadOnlySpan<byte> word) =>
        word.Length is > 0 and < LongestMethod && !word.ContainsAnyExcept(MethodOctets);

    private static bool IsKnown(ReadOnlySpan<byte> method) => method.SequenceEqual("GET"u8) || method.SequenceEqual("POST"u8)
        || method.SequenceEqual("HEAD"u8) || method.SequenceEqual("PUT"u8) || method.SequenceEqual("DELETE"u8)
        || method.SequenceEqual("CONNECT"u8) || method.SequenceEqual("OPTIONS"u8) || method.SequenceEqual("PATCH"u8);
}

/// <summary>A header field viewed where it lies.</summary>
/// <param name="name">Its name, as sent.</param>
/// <param name="value">Its value, without white space around it.</param>
public readonly ref struct HttpField(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
{
    /// <summary>Its name, as sent: capitals count for nothing.</summary>
    public ReadOnlySpan<byte> Name { get; } = name;

    /// <summary>Its value, without white space around it.</summary>
    public ReadOnlySpan<byte> Value { get; } = value;

    /// <summary>Whether it has a name, capitals or not.</summary>
    /// <param name="name">The name, in ASCII.</param>
    public bool Is(ReadOnlySpan<byte> name) => System.Text.Ascii.EqualsIgnoreCase(Name, name);
}

/// <summary>Walks the header fields of a message, forward only and in place; ends at the empty line or where one is cut.</summary>
/// <remarks>Lines that are no field, and the rest of a folded one, are passed.</remarks>
public ref struct HttpFields
{
    private const int Most = 256; // an attack has more

    private ReadOnlySpan<byte> _rest;
    private int _count;

    internal HttpFields(ReadOnlySpan<byte> octets) => _rest = octets;

    /// <summary>The field just read.</summary>
    public HttpField Current { get; private set; }

    /// <summary>The walk itself, for <c>foreach</c>.</summary>
    public readonly HttpFields GetEnumerator() => this;

    /// <summary>Moves to the next field.</summary>
    /// <returns>False at the end.</returns>
    public bool MoveNext()
    {
        while (_count++ < Most && HttpHead.TryTakeLine(ref _rest, out ReadOnlySpan<byte> line) && !line.IsEmpty)
        {
            int colon = line.IndexOf((byte)':');
            if (colon <= 0 || line[0] is (byte)' ' or (byte)'\t')
                continue;
            Current = new HttpField(line[..colon], line[(colon + 1)..].Trim(" \t"u8));
            return true;
        }

        _rest = default;
        return false;
    }
}
