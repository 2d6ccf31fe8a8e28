using System.Buffers;
using System.Buffers.Binary;
using NetWhy.Wire.Dns;

namespace NetWhy.Tools.Dig;

/// <summary>How far a message could be read.</summary>
internal enum DigMessageState
{
    /// <summary>All of it.</summary>
    Sound,

    /// <summary>Something is wrong with it, and what can be read is printed.</summary>
    Malformed,

    /// <summary>It cannot be read.</summary>
    Broken,
}

/// <summary>A message that was read to its end, or as far as can be.</summary>
internal sealed class DigMessage
{
    private const string UnexpectedEnd = "unexpected end of input", Formerr = "FORMERR";

    private readonly byte[] _octets;
    private bool _isOwn;
    private int _end;

    private DigMessage(byte[] octets)
    {
        _octets = octets;
        _ = DnsMessage.Read(octets, out DnsMessage message);
        Header = message.Header;
        ResponseCode = Header.ResponseCode;
    }

    /// <summary>The octets.</summary>
    internal ReadOnlySpan<byte> Octets => _octets;

    /// <summary>The header.</summary>
    internal DnsHeader Header { get; }

    /// <summary>The response code, with its upper bits in EDNS.</summary>
    internal DnsResponseCode ResponseCode { get; private set; }

    /// <summary>How far it could be read.</summary>
    internal DigMessageState State { get; private set; }

    /// <summary>Why it cannot be read, in BIND's words; null if it can.</summary>
    internal string? Problem { get; private set; }

    /// <summary>How many questions were read.</summary>
    internal int Questions { get; private set; }

    /// <summary>How many records were read.</summary>
    internal int Records { get; private set; }

    /// <summary>Which record is that of EDNS; -1 if none is.</summary>
    internal int EdnsIndex { get; private set; } = -1;

    /// <summary>Which record is the signature; -1 if none is.</summary>
    internal int SignatureIndex { get; private set; } = -1;

    /// <summary>How many octets stand behind what was read.</summary>
    internal int ExtraOctets => Math.Max(0, _octets.Length - _end);

    /// <summary>Whether the server repeated our cookie; null if it sent none.</summary>
    internal bool? IsCookieRight { get; set; }

    /// <summary>The bit of the header that must be zero.</summary>
    internal bool HasReservedBit => (BinaryPrimitives.ReadUInt16BigEndian(_octets.AsSpan(2)) & 0x40) != 0;

    /// <summary>The view.</summary>
    internal DnsMessage View
    {
        get
        {
            _ = DnsMessage.Read(_octets, out DnsMessage view);
            return view;
        }
    }

    /// <summary>Reads a message that has a whole header.</summary>
    /// <param name="octets">The message.</param>
    /// <param name="isBestEffort">Whether what can be read of a malformed message is kept.</param>
    /// <param name="isOwn">Whether it is a query of ours, which has what the user wants, sound or not.</param>
    internal static DigMessage Read(byte[] octets, bool isBestEffort, bool isOwn = false)
    {
        var message = new DigMessage(octets) { _isOwn = isOwn };
        bool isOdd = false;
        string? problem = message.ReadQuestions(ref isOdd) ?? message.ReadRecords(ref isOdd);
        if (problem is null && isOdd)
            problem = Formerr;
        message.State = problem is null ? DigMessageState.Sound
            : isBestEffort && (problem is Formerr or UnexpectedEnd) ? DigMessageState.Malformed
            : DigMessageState.Broken;
        message.Problem = problem;
        return message;
    }

    /// <summary>Reads the EDNS record.</summary>
    /// <param name="edns">What it says.</param>
    /// <returns>Whether there is one.</returns>
    internal bool TryReadEdns(out DnsEdns edns)
    {
        edns = default;
        DnsRecordReader records = View.ReadRecords();
        for (int i = 0; i <= EdnsIndex; i++)
            _ = records.Read();
        return EdnsIndex >= 0 && records.Current.ReadEdns(out edns) is OperationStatus.Done;
    }

    private string? ReadQuestions(ref bool isOdd)
    {
        DnsQuestionReader reader = View.ReadQuestions();
        DnsName first = default;
        var asked = new HashSet<(DnsRecordType, DnsClass)>();
        _end = DnsHeader.Size;
        while (!reader.IsComplete)
        {
            OperationStatus status = reader.Read();
            if (status is not OperationStatus.Done)
                return DigDataFault.OfName(_octets, _end) ?? UnexpectedEnd;
            // Another name, or the same question again: no server takes that.
            if (Questions == 0)
                first = reader.Current.Name;
            isOdd |= !reader.Current.Name.Equals(first) || !asked.Add((reader.Current.Type, reader.Current.Class));
            Questions++;
            _end = DigDataFault.SkipName(_octets, _end) + 4;
        }

        return null;
    }

    private string? ReadRecords(ref bool isOdd)
    {
        DnsRecordReader reader = View.ReadRecords();
        DnsClass? expected = View.ReadQuestion(out DnsQuestion question) is OperationStatus.Done ? question.Class : null;
        int total = Header.Answers + Header.Authorities + Header.Additionals;
        while (Records < total)
        {
            if (reader.Read() is not OperationStatus.Done)
                return FaultOfRecord();
            DnsRecord record = reader.Current;
            bool isPseudo = record.Type is DnsRecordType.OPT or DnsRecordType.TSIG;
            if (!isPseudo)
                expected ??= record.Class;
            bool isOfAnyClass = isPseudo || Header.Opcode == (int)DnsOpcode.Update
                || record.Type is DnsRecordType.KEY or DnsRecordType.SIG or DnsRecordType.TKEY || expected is null or DnsClass.Any;
            isOdd |= !isOfAnyClass && record.Class != expected;
            int data = reader.Position - record.Data.Length;
            if (!_isOwn && !IsEmptyUpdate(record, reader.Section) && DigDataFault.Of(record, _octets, data) is { } fault)
            {
                _end = data;
                return fault;
            }

            _end = reader.Position;
            NotePseudo(record, reader.Section, total, ref isOdd);
            Records++;
        }

        return null;
    }

    // What is behind the last part that could be read is left over: as BIND counts, a name, the fixed part and data are parts.
    private string FaultOfRecord()
    {
        const int FixedSize = 10; // octets
        if (DigDataFault.OfName(_octets, _end) is { } fault)
            return fault;
        int name = DigDataFault.SkipName(_octets, _end);
        _end = _octets.Length - name < FixedSize ? name : name + FixedSize;
        return UnexpectedEnd;
    }

    private bool IsEmptyUpdate(DnsRecord record, DnsSection section) => Header.Opcode == (int)DnsOpcode.Update && record.Data.IsEmpty
        && section is DnsSection.Answer or DnsSection.Authority && record.Class is DnsClass.Any or DnsClass.NoClass;

    private void NotePseudo(DnsRecord record, DnsSection section, int total, ref bool isOdd)
    {
        if (record.Type is DnsRecordType.TSIG)
        {
            if (section is DnsSection.Additional && record.Class is DnsClass.Any && Records == total - 1)
                SignatureIndex = Records;
            else
                isOdd = true;
        }
        else if (record.ReadEdns(out DnsEdns edns) is OperationStatus.Done)
        {
            if (record.Owner.IsRoot && section is DnsSection.Additional && EdnsIndex < 0)
            {
                EdnsIndex = Records;
                ResponseCode = edns.Extend(Header.ResponseCode);
            }
            else
            {
                isOdd = true;
            }
        }
    }
}
