using System.Buffers;

namespace NetWhy.Wire.Dns;

/// <summary>Puts the records of one set into the order in which a signature counts them. Source: RFC 4034, section 6.3.</summary>
public sealed class DnsCanonicalSet
{
    private readonly List<byte[]> _data = [];
    private byte[] _owner = [];
    private DnsRecordType _type;
    private DnsClass _class;

    /// <summary>How many records there are; equal ones count once.</summary>
    public int Count => _data.Count;

    /// <summary>Takes a record into the set; the first one tells what set it is.</summary>
    /// <param name="record">A record of the same owner, type and class as the first.</param>
    /// <returns><see cref="OperationStatus.Done"/>, or <see cref="OperationStatus.InvalidData"/> for one that does not belong there or is broken.</returns>
    public OperationStatus Add(DnsRecord record)
    {
        if (_owner.Length == 0)
        {
            _owner = new byte[record.Owner.Length];
            record.Owner.CopyCanonicalTo(_owner, out _);
            (_type, _class) = (record.Type, record.Class);
        }
        else if (record.Type != _type || record.Class != _class || !record.Owner.Equals(Owner))
        {
            return OperationStatus.InvalidData;
        }

        byte[] buffer = ArrayPool<byte>.Shared.Rent(ushort.MaxValue);
        OperationStatus status = DnsCanonicalForm.CopyData(record, buffer.AsSpan(0, ushort.MaxValue), out int length);
        if (status is OperationStatus.Done)
            Insert(buffer.AsSpan(0, length));
        ArrayPool<byte>.Shared.Return(buffer);
        return status is OperationStatus.Done ? status : OperationStatus.InvalidData;
    }

    /// <summary>Writes all records, as they are signed behind <see cref="DnsSignature.CopySignedTo"/>.</summary>
    /// <param name="labels">The number of labels that the signature names.</param>
    /// <param name="originalTimeToLive">The time to live that the signature names, in seconds.</param>
    /// <param name="output">Where to.</param>
    public void WriteTo(int labels, uint originalTimeToLive, IBufferWriter<byte> output)
    {
        const int FixedSize = 10;

        Span<byte> owner = stackalloc byte[DnsName.MaxLength];
        DnsCanonicalForm.CopyOwner(Owner, labels, owner, out int ownerLength);
        foreach (byte[] data in _data)
        {
            int length = ownerLength + FixedSize;
            Span<byte> head = output.GetSpan(length);
            owner[..ownerLength].CopyTo(head);
            DnsCanonicalForm.WriteFixed(head[ownerLength..], _type, _class, originalTimeToLive, data.Length);
            output.Advance(length);
            output.Write(data);
        }
    }

    private DnsName Owner
    {
        get
        {
            int offset = 0;
            DnsName.Read(_owner, ref offset, out DnsName owner);
            return owner;
        }
    }

    private void Insert(ReadOnlySpan<byte> data)
    {
        int low = 0, high = _data.Count;
        while (low < high)
        {
            int middle = (low + high) / 2;
            int order = data.SequenceCompareTo(_data[middle]);
            if (order == 0)
                return;
            if (order < 0)
                high = middle;
            else
                low = middle + 1;
        }

        _data.Insert(low, data.ToArray());
    }
}
