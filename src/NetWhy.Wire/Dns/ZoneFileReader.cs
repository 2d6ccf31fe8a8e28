using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace NetWhy.Wire.Dns;

/// <summary>Where a zone file cannot be read, and why.</summary>
/// <param name="File">The file's name, as <c>$INCLUDE</c> has it; empty for the first.</param>
/// <param name="Line">The line, from 1.</param>
/// <param name="Column">The column in octets, from 1.</param>
/// <param name="Message">What was expected, or what cannot be.</param>
public sealed record ZoneFileError(string File, int Line, int Column, string Message)
{
    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{(File.Length == 0 ? "" : $"{File}:")}{Line}:{Column}: {Message}");
}

/// <summary>Reads a zone file, record after record.</summary>
/// <remarks>
/// <c>$ORIGIN</c>, <c>$TTL</c>, <c>$GENERATE</c>, and <c>$INCLUDE</c> where a function gives the files. Behind an error, reading goes
/// on in the next line. What is needed beside the text is bounded: one record, and 16 files within each other.
/// Source: RFC 1035, section 5; RFC 2308, section 4; RFC 3597, section 5; BIND 9 (<c>$GENERATE</c>, units of time).
/// </remarks>
/// <example>
/// <code>
/// var zone = new ZoneFileReader(text, "example.com");
/// OperationStatus status;
/// while ((status = zone.Read(out DnsRecord record)) is not OperationStatus.NeedMoreData)
///     Handle(status is OperationStatus.Done ? record : zone.Error);
/// </code>
/// </example>
public sealed class ZoneFileReader
{
    private const int MostFiles = 16;
    private const uint MostTimeToLive = 0x7fffffff; // RFC 2181, section 8

    private readonly Func<string, ReadOnlyMemory<byte>?>? _include;
    private readonly Stack<Source> _sources = new();
    private readonly byte[] _owner = new byte[DnsName.MaxLength];
    private readonly byte[] _origin = new byte[DnsName.MaxLength];
    private byte[] _data = new byte[512];
    private int _ownerLength;
    private int _originLength;
    private uint? _defaultTimeToLive;
    private uint? _lastTimeToLive;

    /// <summary>Starts to read a file.</summary>
    /// <param name="text">The whole file.</param>
    /// <param name="origin">What names without a final dot are below, until <c>$ORIGIN</c>.</param>
    /// <param name="include">Gives the files that <c>$INCLUDE</c> names, null for those that cannot be read; if it is null, <c>$INCLUDE</c> is an error.</param>
    /// <exception cref="ArgumentException"><paramref name="origin"/> cannot be a name.</exception>
    public ZoneFileReader(ReadOnlyMemory<byte> text, ReadOnlySpan<char> origin = ".", Func<string, ReadOnlyMemory<byte>?>? include = null)
    {
        if (DnsName.Encode(origin, _origin, out _originLength) is not OperationStatus.Done)
            throw new ArgumentException("no name", nameof(origin));

        _include = include;
        _sources.Push(new Source(new ZoneFileTokenizer(text), ""));
    }

    /// <summary>Why the last <see cref="Read"/> failed; null if it did not.</summary>
    public ZoneFileError? Error { get; private set; }

    private ReadOnlySpan<byte> Origin => _origin.AsSpan(0, _originLength);

    /// <summary>Reads the next record.</summary>
    /// <param name="record">The record, valid until the next call.</param>
    /// <returns>
    /// <see cref="OperationStatus.Done"/>, <see cref="OperationStatus.NeedMoreData"/> at the end, or
    /// <see cref="OperationStatus.InvalidData"/>, which <see cref="Error"/> explains.
    /// </returns>
    public OperationStatus Read(out DnsRecord record)
    {
        record = default;
        Error = null;
        while (_sources.TryPeek(out Source? source))
        {
            ZoneFileTokenizer tokens = source.Tokens;
            bool isBlank = tokens.IsAtBlank;
            ZoneFileToken first = tokens.Next();
            if (first.Kind is ZoneFileTokenKind.EndOfFile)
            {
                Close();
                continue;
            }

            if (first.Kind is ZoneFileTokenKind.EndOfLine)
                continue;

            bool isDirective = !isBlank && first.Kind is ZoneFileTokenKind.Word && tokens.TextOf(first)[0] == '$';
            DnsRecordType type = default;
            DnsClass number = default;
            uint timeToLive = 0;
            int length = 0;
            bool isRead = first.Kind is not ZoneFileTokenKind.Invalid
                && (isDirective ? ReadDirective(tokens, first) : ReadRecord(tokens, first, isBlank, out type, out number, out timeToLive, out length));
            if (!isRead)
            {
                (ZoneFileToken at, string message) = tokens.Error ?? (first, "this cannot be read");
                Error = new ZoneFileError(source.Name, source.Line ?? at.Line, source.Line is null ? at.Column : 1, message);
                tokens.Recover();
                return OperationStatus.InvalidData;
            }

            if (!isDirective)
                return DnsRecord.FromParts(_owner.AsSpan(0, _ownerLength), type, number, timeToLive, _data.AsSpan(0, length), out record);
        }

        return OperationStatus.NeedMoreData;
    }

    private bool ReadRecord(
        ZoneFileTokenizer tokens, ZoneFileToken token, bool isBlank, out DnsRecordType type, out DnsClass number, out uint timeToLive, out int length)
    {
        (type, number, timeToLive, length) = (default, DnsClass.None, 0, 0);
        if (isBlank)
        {
            if (_ownerLength == 0)
                return tokens.Fail(token, "the first record has no owner");
        }
        else
        {
            if (!ZoneDataParser.TryReadName(tokens, token, Origin, _owner, out _ownerLength))
                return false;

            token = tokens.Next();
        }

        uint? given = null;
        for (; ; token = tokens.Next())
        {
            if (token.Kind is not ZoneFileTokenKind.Word)
                return tokens.Fail(token, "expected a type");

            ReadOnlySpan<byte> text = tokens.TextOf(token);
            if (given is null && DnsTimes.TryParse(text, out uint seconds))
                given = seconds;
            else if (number is not DnsClass.None || !ZoneDataParser.TryReadClass(text, out number))
                break;
        }

        if (!ZoneDataParser.TryReadType(tokens.TextOf(token), out type) || type is DnsRecordType.None)
            return tokens.Fail(token, "expected a type");
        if (type is DnsRecordType.OPT or DnsRecordType.TSIG or DnsRecordType.TKEY or (>= DnsRecordType.IXFR and <= DnsRecordType.ANY))
            return tokens.Fail(token, "this type cannot stand in a zone");

        number = number is DnsClass.None ? DnsClass.Internet : number;
        if (!ReadData(tokens, type, number, out length))
            return false;

        uint? known = given ?? _defaultTimeToLive ?? (type is DnsRecordType.SOA ? BinaryPrimitives.ReadUInt32BigEndian(_data.AsSpan(length - 4)) : _lastTimeToLive);
        if (known is not { } time)
            return tokens.Fail(token, "expected a time to live, here or in $TTL");
        if (time > MostTimeToLive)
            return tokens.Fail(token, "the time to live is more than 2147483647 seconds");

        _lastTimeToLive = timeToLive = time;
        return true;
    }

    private bool ReadData(ZoneFileTokenizer tokens, DnsRecordType type, DnsClass number, out int length)
    {
        var writer = new DnsBufferWriter();
        bool isRead = ZoneDataParser.TryRead(tokens, type, number, Origin, ref writer);
        length = writer.Length;
        if (isRead && length > ushort.MaxValue)
            isRead = tokens.Fail(tokens.Next(), "the data is more than 65535 octets");
        if (isRead)
        {
            if (_data.Length < length)
                _data = new byte[ushort.MaxValue];
            writer.Written.CopyTo(_data);
        }

        writer.Dispose();
        return isRead;
    }

    private bool ReadDirective(ZoneFileTokenizer tokens, ZoneFileToken directive)
    {
        ReadOnlySpan<byte> name = tokens.TextOf(directive);
        if (Ascii.EqualsIgnoreCase(name, "$GENERATE"u8))
            return ReadGenerate(tokens);

        ZoneFileToken argument = tokens.Next();
        if (argument.Kind is not (ZoneFileTokenKind.Word or ZoneFileTokenKind.Quoted))
            return tokens.Fail(argument, "expected something behind the directive");

        if (Ascii.EqualsIgnoreCase(name, "$ORIGIN"u8))
        {
            byte[] origin = new byte[DnsName.MaxLength];
            if (!ZoneDataParser.TryReadName(tokens, argument, Origin, origin, out int length) || !ZoneDataParser.TryReadEnd(tokens))
                return false;

            SetOrigin(origin.AsSpan(0, length));
            return true;
        }

        if (Ascii.EqualsIgnoreCase(name, "$TTL"u8))
        {
            if (!DnsTimes.TryParse(tokens.TextOf(argument), out uint seconds) || seconds > MostTimeToLive)
                return tokens.Fail(argument, "expected a time, such as 3600 or 1h");

            _defaultTimeToLive = seconds;
            return ZoneDataParser.TryReadEnd(tokens);
        }

        return Ascii.EqualsIgnoreCase(name, "$INCLUDE"u8)
            ? ReadInclude(tokens, argument)
            : tokens.Fail(directive, "expected $ORIGIN, $TTL, $INCLUDE or $GENERATE");
    }

    private bool ReadInclude(ZoneFileTokenizer tokens, ZoneFileToken file)
    {
        if (_include is null)
            return tokens.Fail(file, "$INCLUDE is not allowed here");
        if (_sources.Count == MostFiles)
            return tokens.Fail(file, "files include each other more than 16 deep");

        byte[]? origin = null;
        int length = 0;
        ZoneFileToken next = tokens.Next();
        if (next.Kind is ZoneFileTokenKind.Word)
        {
            origin = new byte[DnsName.MaxLength];
            if (!ZoneDataParser.TryReadName(tokens, next, Origin, origin, out length))
                return false;

            next = tokens.Next();
        }

        if (!next.IsEnd)
            return tokens.Fail(next, "expected the end of the line");

        string name = Encoding.UTF8.GetString(tokens.TextOf(file));
        if (_include(name) is not { } text)
            return tokens.Fail(file, "the file cannot be read");

        _sources.Push(new Source(new ZoneFileTokenizer(text), name) { Origin = Origin.ToArray(), Owner = _owner.AsSpan(0, _ownerLength).ToArray() });
        if (origin is not null)
            SetOrigin(origin.AsSpan(0, length));
        return true;
    }

    // The lines that a $GENERATE stands for are read one after the other, as if they were a file.
    private bool ReadGenerate(ZoneFileTokenizer tokens)
    {
        ZoneFileToken range = tokens.Next();
        if (range.Kind is not ZoneFileTokenKind.Word || !ZoneGenerator.TryParseRange(tokens.TextOf(range), out ZoneGenerator? generator))
            return tokens.Fail(range, "expected a range, such as 1-10 or 0-100/2");

        var line = new StringBuilder();
        ZoneFileToken token = tokens.Next();
        for (; token.Kind is ZoneFileTokenKind.Word or ZoneFileTokenKind.Quoted; token = tokens.Next())
        {
            string text = Encoding.Latin1.GetString(tokens.TextOf(token));
            line.Append(line.Length == 0 ? "" : " ").Append(token.Kind is ZoneFileTokenKind.Quoted ? $"\"{text}\"" : text);
        }

        if (!token.IsEnd || line.Length == 0)
            return tokens.Fail(token, "expected an owner, a type and data");
        if (_sources.Count == MostFiles)
            return tokens.Fail(range, "files include each other more than 16 deep");
        if (generator.Make(line.ToString()) is not { } lines)
            return tokens.Fail(range, "expected modifiers such as ${0,3,d}, and less text than 16 MB");

        Source parent = _sources.Peek();
        _sources.Push(new Source(new ZoneFileTokenizer(lines), parent.Name)
        {
            Line = parent.Line ?? range.Line,
            Origin = Origin.ToArray(),
            Owner = _owner.AsSpan(0, _ownerLength).ToArray(),
        });
        return true;
    }

    private void Close()
    {
        Source source = _sources.Pop();
        if (source.Origin is null)
            return;

        SetOrigin(source.Origin);
        _ownerLength = source.Owner!.Length;
        source.Owner.CopyTo(_owner, 0);
    }

    private void SetOrigin(ReadOnlySpan<byte> origin)
    {
        origin.CopyTo(_origin);
        _originLength = origin.Length;
    }

    private sealed record Source(ZoneFileTokenizer Tokens, string Name)
    {
        /// <summary>The line of the $GENERATE that made the text; null for a file.</summary>
        public int? Line { get; init; }

        /// <summary>The origin to go back to; null for the first file.</summary>
        public byte[]? Origin { get; init; }

        /// <summary>The owner to go back to.</summary>
        public byte[]? Owner { get; init; }
    }
}
