using System.Buffers;
using System.Runtime.InteropServices;

namespace NetWhy.Wire.Dns;

/// <summary>A DNS message viewed where it lies.</summary>
/// <remarks>
/// <see cref="Read"/> checks that the header is whole; the sections behind it are checked while they are walked,
/// because half a message is still evidence. Source: RFC 1035, section 4.1.
/// </remarks>
public readonly ref struct DnsMessage
{
    private readonly ReadOnlySpan<byte> _octets;

    private DnsMessage(ReadOnlySpan<byte> octets)
    {
        _octets = octets;
        Header = MemoryMarshal.Read<DnsHeader>(octets);
    }

    /// <summary>The header.</summary>
    public DnsHeader Header { get; }

    /// <summary>Views the message in <paramref name="octets"/>.</summary>
    /// <param name="octets">One datagram, or one message of a stream without the length in front.</param>
    /// <param name="message">The view, valid as long as <paramref name="octets"/> is.</param>
    /// <returns>
    /// <see cref="OperationStatus.Done"/>, or <see cref="OperationStatus.NeedMoreData"/> if the header is cut short.
    /// </returns>
    public static OperationStatus Read(ReadOnlySpan<byte> octets, out DnsMessage message)
    {
        message = default;
        if (octets.Length < DnsHeader.Size)
            return OperationStatus.NeedMoreData;

        message = new DnsMessage(octets);
        return OperationStatus.Done;
    }

    /// <summary>Reads the first question, which in practice is the only one.</summary>
    /// <param name="question">The question.</param>
    /// <returns>
    /// <see cref="OperationStatus.Done"/>, <see cref="OperationStatus.NeedMoreData"/> if the message is cut short, or
    /// <see cref="OperationStatus.InvalidData"/> if there is no question or its name is broken.
    /// </returns>
    public OperationStatus ReadQuestion(out DnsQuestion question)
    {
        question = default;
        if (Header.Questions == 0)
            return OperationStatus.InvalidData;

        int offset = DnsHeader.Size;
        return DnsQuestion.Read(_octets, ref offset, out question);
    }

    /// <summary>Starts a walk over the questions.</summary>
    public DnsQuestionReader ReadQuestions() => new(_octets, Header.Questions);

    /// <summary>Starts a walk over the records of all sections.</summary>
    public DnsRecordReader ReadRecords() => new(_octets, Header);
}

/// <summary>What a query asks. Source: RFC 1035, section 4.1.2.</summary>
public readonly ref struct DnsQuestion
{
    private const int FixedSize = 4; // type and class

    private DnsQuestion(DnsName name, DnsRecordType type, DnsClass recordClass)
    {
        Name = name;
        Type = type;
        Class = recordClass;
    }

    /// <summary>The name asked for.</summary>
    public DnsName Name { get; }

    /// <summary>The type asked for.</summary>
    public DnsRecordType Type { get; }

    /// <summary>The class asked for.</summary>
    public DnsClass Class { get; }

    internal static OperationStatus Read(ReadOnlySpan<byte> message, scoped ref int offset, out DnsQuestion question)
    {
        question = default;
        int position = offset;
        OperationStatus status = DnsName.Read(message, ref position, out DnsName name);
        if (status is not OperationStatus.Done)
            return status;
        if (message.Length - position < FixedSize)
            return OperationStatus.NeedMoreData;

        ReadOnlySpan<byte> fixedPart = message[position..];
        question = new DnsQuestion(
            name,
            (DnsRecordType)(ushort)MemoryMarshal.Read<UInt16BigEndian>(fixedPart),
            (DnsClass)(ushort)MemoryMarshal.Read<UInt16BigEndian>(fixedPart[2..]));
        offset = position + FixedSize;
        return OperationStatus.Done;
    }
}

/// <summary>Walks the questions of a message, forward only and in place.</summary>
public ref struct DnsQuestionReader
{
    private readonly ReadOnlySpan<byte> _message;
    private int _offset;
    private int _left;

    internal DnsQuestionReader(ReadOnlySpan<byte> message, int count)
    {
        _message = message;
        _left = count;
        _offset = DnsHeader.Size;
    }

    /// <summary>The question just read.</summary>
    public DnsQuestion Current { get; private set; }

    /// <summary>Whether every question that the header promises has been read.</summary>
    public readonly bool IsComplete => _left == 0;

    /// <summary>Moves to the next question.</summary>
    /// <returns>
    /// <see cref="OperationStatus.Done"/> if there is one; <see cref="OperationStatus.NeedMoreData"/> if the message ends
    /// before it, which is right only if <see cref="IsComplete"/>; <see cref="OperationStatus.InvalidData"/> if it is broken.
    /// </returns>
    public OperationStatus Read()
    {
        if (IsComplete)
            return OperationStatus.NeedMoreData;
        OperationStatus status = DnsQuestion.Read(_message, ref _offset, out DnsQuestion question);
        if (status is not OperationStatus.Done)
            return status;
        Current = question;
        _left--;
        return OperationStatus.Done;
    }
}

/// <summary>The part of a message that a record stands in. Source: RFC 1035, section 4.1.</summary>
public enum DnsSection
{
    /// <summary>Records that answer the question.</summary>
    Answer,

    /// <summary>Records that point to an authority.</summary>
    Authority,

    /// <summary>Records that help to use the others, and the OPT record.</summary>
    Additional,
}

/// <summary>Walks the records of a message, forward only and in place.</summary>
/// <example>
/// <code>
/// DnsRecordReader records = message.ReadRecords();
/// while (records.Read() is OperationStatus.Done)
///     Handle(records.Section, records.Current);
/// </code>
/// </example>
public ref struct DnsRecordReader
{
    private const int NotStarted = -1;

    private readonly ReadOnlySpan<byte> _message;
    private readonly DnsHeader _header;
    private int _offset;
    private int _index;

    internal DnsRecordReader(ReadOnlySpan<byte> message, DnsHeader header)
    {
        _message = message;
        _header = header;
        _index = NotStarted;
    }

    /// <summary>The record just read.</summary>
    public DnsRecord Current { get; private set; }

    /// <summary>Where the record just read stands.</summary>
    public readonly DnsSection Section =>
        _index <= _header.Answers ? DnsSection.Answer
        : _index <= _header.Answers + _header.Authorities ? DnsSection.Authority
        : DnsSection.Additional;

    /// <summary>Where in the message the next record starts; 0 before the first was read.</summary>
    public readonly int Position => _offset;

    /// <summary>Whether every record that the header promises has been read.</summary>
    public readonly bool IsComplete => _index == _header.Answers + _header.Authorities + _header.Additionals;

    /// <summary>Moves to the next record.</summary>
    /// <returns>
    /// <see cref="OperationStatus.Done"/> if there is one; <see cref="OperationStatus.NeedMoreData"/> if the message
    /// ends before it, which is right only if <see cref="IsComplete"/>; <see cref="OperationStatus.InvalidData"/> if
    /// it is broken.
    /// </returns>
    public OperationStatus Read()
    {
        if (_index == NotStarted)
        {
            OperationStatus status = SkipQuestions();
            if (status is not OperationStatus.Done)
                return status;
        }

        if (IsComplete)
            return OperationStatus.NeedMoreData;

        OperationStatus read = DnsRecord.Read(_message, ref _offset, out DnsRecord record);
        if (read is not OperationStatus.Done)
            return read;

        _index++;
        Current = record;
        return OperationStatus.Done;
    }

    private OperationStatus SkipQuestions()
    {
        int offset = DnsHeader.Size;
        for (int i = 0; i < _header.Questions; i++)
        {
            OperationStatus status = DnsQuestion.Read(_message, ref offset, out _);
            if (status is not OperationStatus.Done)
                return status;
        }

        _offset = offset;
        _index = 0;
        return OperationStatus.Done;
    }
}
