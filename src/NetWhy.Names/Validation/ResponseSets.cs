using System.Buffers;
using NetWhy.Wire.Dns;

namespace NetWhy.Names;

/// <summary>The record sets of an answer, in the order in which they came.</summary>
public sealed class ResponseSets
{
    private readonly Dictionary<(DnsSection Section, DomainName Owner, DnsRecordType Type), RecordSet> _sets = [];
    private readonly List<RecordSet> _answer = [];
    private readonly List<RecordSet> _authority = [];

    private ResponseSets(DnsHeader header)
    {
        Flags = header.Flags;
        ResponseCode = header.ResponseCode;
    }

    /// <summary>The one-bit fields of the header.</summary>
    public DnsFlags Flags { get; }

    /// <summary>The response code, with what EDNS adds to it.</summary>
    public DnsResponseCode ResponseCode { get; private set; }

    /// <summary>The first extended error; null if there is none. Source: RFC 8914.</summary>
    public DnsExtendedErrorCode? ExtendedError { get; private set; }

    /// <summary>The text of the extended error; empty if it has none.</summary>
    public string ExtendedErrorText { get; private set; } = "";

    /// <summary>Whether it has an OPT record.</summary>
    public bool HasEdns { get; private set; }

    /// <summary>Whether every record that the header promises could be read.</summary>
    public bool IsComplete { get; private set; }

    /// <summary>The sets of the answer section; a set of RRSIG records alone is there if nothing was with them that they cover.</summary>
    public IReadOnlyList<RecordSet> Answer => _answer;

    /// <summary>The sets of the authority section.</summary>
    public IReadOnlyList<RecordSet> Authority => _authority;

    /// <summary>Reads a message.</summary>
    /// <param name="octets">The message.</param>
    /// <returns>Null if it has no whole header.</returns>
    public static ResponseSets? Read(ReadOnlySpan<byte> octets)
    {
        if (DnsMessage.Read(octets, out DnsMessage message) is not OperationStatus.Done)
            return null;

        var sets = new ResponseSets(message.Header);
        byte[] buffer = ArrayPool<byte>.Shared.Rent(ushort.MaxValue);
        List<(DnsSection, DomainName, byte[])> signatures = [];
        bool isSound = true;
        DnsRecordReader records = message.ReadRecords();
        while (records.Read() is OperationStatus.Done)
        {
            DnsRecord record = records.Current;
            if (record.Type is DnsRecordType.OPT)
                sets.TakeEdns(record);
            if (record.Class is not DnsClass.Internet || (records.Section is DnsSection.Additional && record.Type is not DnsRecordType.RRSIG))
                continue;
            if (record.CopyDataTo(buffer.AsSpan(0, ushort.MaxValue), out int length) is not OperationStatus.Done)
            {
                isSound = false;
                continue;
            }

            byte[] data = buffer.AsSpan(0, length).ToArray();
            if (record.Type is DnsRecordType.RRSIG)
                signatures.Add((records.Section, DomainName.From(record.Owner), data));
            else
                sets.SetOf(records.Section, DomainName.From(record.Owner), record.Type).Add(data, record.TimeToLiveSeconds);
        }

        ArrayPool<byte>.Shared.Return(buffer);
        sets.IsComplete = isSound && records.IsComplete;
        foreach ((DnsSection section, DomainName owner, byte[] data) in signatures)
            sets.TakeSignature(section, owner, data);
        return sets;
    }

    /// <summary>Finds a set of the answer section; DS also in the authority section, where a referral has it.</summary>
    /// <param name="owner">Its owner.</param>
    /// <param name="type">Its type.</param>
    public RecordSet? Find(DomainName owner, DnsRecordType type) => _sets.GetValueOrDefault((DnsSection.Answer, owner, type))
        ?? (type is DnsRecordType.DS ? _sets.GetValueOrDefault((DnsSection.Authority, owner, type)) : null);

    /// <summary>Finds the alias that leads on from a name: a DNAME above it, or its CNAME.</summary>
    /// <remarks>A DNAME comes first: the CNAME beside it was made from it, and is not signed. Source: RFC 6672, section 5.3.1.</remarks>
    /// <param name="name">The name.</param>
    /// <param name="type">The type that is looked for; of the name's own CNAME nothing leads on if that is what was asked for.</param>
    internal RecordSet? FindAlias(DomainName name, DnsRecordType type)
    {
        foreach (RecordSet set in _answer)
        {
            if (set.Type is DnsRecordType.DNAME && name.IsBelow(set.Owner))
                return set;
        }

        return type is DnsRecordType.CNAME or DnsRecordType.ANY ? null : Find(name, DnsRecordType.CNAME);
    }

    private RecordSet SetOf(DnsSection section, DomainName owner, DnsRecordType type)
    {
        if (_sets.TryGetValue((section, owner, type), out RecordSet? set))
            return set;

        set = new RecordSet(owner, type);
        _sets[(section, owner, type)] = set;
        (section is DnsSection.Answer ? _answer : _authority).Add(set);
        return set;
    }

    private void TakeSignature(DnsSection section, DomainName owner, byte[] data)
    {
        if (DnsSignature.Read(data, out DnsSignature signature) is not OperationStatus.Done)
            return;

        // Some servers put a signature into another section than its records; where it stands proves nothing.
        foreach (DnsSection place in (ReadOnlySpan<DnsSection>)[section, DnsSection.Answer, DnsSection.Authority])
        {
            if (_sets.TryGetValue((place, owner, signature.TypeCovered), out RecordSet? set))
            {
                set.AddSignature(data);
                return;
            }
        }

        if (section is not DnsSection.Additional)
            SetOf(section, owner, DnsRecordType.RRSIG).Add(data, 0);
    }

    private void TakeEdns(DnsRecord record)
    {
        if (record.ReadEdns(out DnsEdns edns) is not OperationStatus.Done)
            return;

        HasEdns = true;
        ResponseCode = edns.Extend(ResponseCode);
        if (!edns.TryFindExtendedError(out ushort code, out string text))
            return;

        ExtendedError = (DnsExtendedErrorCode)code;
        ExtendedErrorText = text;
    }
}
