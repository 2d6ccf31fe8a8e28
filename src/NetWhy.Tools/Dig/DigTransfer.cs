using System.Buffers;
using NetWhy.Wire.Dns;

namespace NetWhy.Tools.Dig;

/// <summary>How a transfer stands.</summary>
internal enum DigTransferState
{
    /// <summary>More messages come.</summary>
    GoesOn,

    /// <summary>It is whole.</summary>
    Ended,

    /// <summary>A message has no records.</summary>
    Empty,

    /// <summary>It does not begin with the start of the zone.</summary>
    WithoutStart,
}

/// <summary>Knows when a transfer of a zone is whole. Source: RFC 5936, section 2.2; RFC 1995, section 4.</summary>
/// <param name="exchange">Counts messages, records and octets.</param>
internal sealed class DigTransfer(DigExchange exchange)
{
    private bool _isWhole = exchange.Lookup.Type is DnsRecordType.AXFR;
    private bool _hasSecond;
    private bool _hasRepeat;
    private uint _serial;

    /// <summary>Whether the first record has come.</summary>
    internal bool HasBegun { get; private set; }

    /// <summary>Takes the next message.</summary>
    /// <param name="message">The message.</param>
    internal DigTransferState Take(DigMessage message)
    {
        exchange.Messages++;
        exchange.Octets += message.Octets.Length;
        DnsRecordReader records = message.View.ReadRecords();
        bool isAny = false;
        for (int i = 0; i < message.Records; i++)
        {
            _ = records.Read();
            if (records.Section is not DnsSection.Answer)
                break;
            isAny = true;
            exchange.Records++;
            bool isStart = records.Current.Type is DnsRecordType.SOA;
            if (!HasBegun && !isStart)
                return DigTransferState.WithoutStart;
            if (!isStart)
            {
                // An incremental transfer has a start of the zone next: this is the whole of it.
                _isWhole |= !_hasSecond;
                _hasSecond = true;
            }
            else if (records.Current.ReadStartOfAuthority(out DnsStartOfAuthority start) is OperationStatus.Done && IsEnd(start.Serial))
            {
                return DigTransferState.Ended;
            }
        }

        return isAny ? DigTransferState.GoesOn : DigTransferState.Empty;
    }

    private bool IsEnd(uint serial)
    {
        if (!HasBegun)
        {
            HasBegun = true;
            _serial = serial;
            // Serial numbers count in a circle: RFC 1982.
            return exchange.Lookup.Type is DnsRecordType.IXFR && (int)(exchange.Lookup.TransferSerial - serial) >= 0;
        }

        if (_isWhole)
            return true;
        if (!_hasSecond)
        {
            _hasSecond = true;
            return serial == _serial;
        }

        if (serial != _serial)
            return false;
        if (_hasRepeat)
            return true;
        _hasRepeat = true;
        return false;
    }
}
