using System.Buffers;
using NetWhy.Wire.Dns;

namespace NetWhy.Names;

/// <summary>The records of one owner, type and class, with the signatures over them, copied out of their message.</summary>
public sealed class RecordSet
{
    private readonly List<ReadOnlyMemory<byte>> _data = [];
    private readonly List<ReadOnlyMemory<byte>> _signatures = [];

    /// <summary>Makes an empty set.</summary>
    /// <param name="owner">The name that the records belong to.</param>
    /// <param name="type">What their data is.</param>
    /// <param name="recordClass">Their class.</param>
    public RecordSet(DomainName owner, DnsRecordType type, DnsClass recordClass = DnsClass.Internet)
    {
        Owner = owner;
        Type = type;
        Class = recordClass;
    }

    /// <summary>The name that the records belong to.</summary>
    public DomainName Owner { get; }

    /// <summary>What their data is.</summary>
    public DnsRecordType Type { get; }

    /// <summary>Their class.</summary>
    public DnsClass Class { get; }

    /// <summary>The lowest time to live of the records, in seconds.</summary>
    public uint TimeToLive { get; private set; } = uint.MaxValue;

    /// <summary>The data of each record, names in it without compression.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> Data => _data;

    /// <summary>The data of the RRSIG records over the set.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> Signatures => _signatures;

    /// <summary>Adds a record.</summary>
    /// <param name="data">Its data, names in it without compression.</param>
    /// <param name="timeToLive">Its time to live, in seconds.</param>
    public void Add(ReadOnlyMemory<byte> data, uint timeToLive)
    {
        _data.Add(data);
        TimeToLive = Math.Min(TimeToLive, timeToLive);
    }

    /// <summary>Adds a signature.</summary>
    /// <param name="data">The data of the RRSIG record.</param>
    public void AddSignature(ReadOnlyMemory<byte> data) => _signatures.Add(data);

    /// <summary>Views one of the records.</summary>
    /// <param name="index">Which of <see cref="Data"/>.</param>
    public DnsRecord View(int index)
    {
        _ = DnsRecord.FromParts(Owner.Octets, Type, Class, TimeToLive, _data[index].Span, out DnsRecord record);
        return record;
    }

    /// <summary>Views one of the signatures as a record.</summary>
    /// <param name="index">Which of <see cref="Signatures"/>.</param>
    public DnsRecord ViewSignature(int index)
    {
        _ = DnsRecord.FromParts(Owner.Octets, DnsRecordType.RRSIG, Class, TimeToLive, _signatures[index].Span, out DnsRecord record);
        return record;
    }

    /// <summary>What a signature is made over: its own data up to the signature, and all records in canonical order and form.</summary>
    /// <param name="signature">The signature.</param>
    /// <returns>Null if the data of a record is broken. Source: RFC 4034, section 3.1.8.1.</returns>
    public byte[]? SignedOctets(DnsSignature signature)
    {
        var set = new DnsCanonicalSet();
        for (int i = 0; i < _data.Count; i++)
        {
            if (set.Add(View(i)) is not OperationStatus.Done)
                return null;
        }

        var output = new ArrayBufferWriter<byte>();
        Span<byte> head = stackalloc byte[18 + DnsName.MaxLength];
        if (signature.CopySignedTo(head, out int length) is not OperationStatus.Done)
            return null;

        output.Write(head[..length]);
        set.WriteTo(signature.Labels, signature.OriginalTimeToLive, output);
        return output.WrittenSpan.ToArray();
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Owner} {Type.Mnemonic}";
}
