using System.Buffers;
using System.Runtime.InteropServices;

namespace NetWhy.Wire;

/// <summary>A time of NTP. The declaration is the wire layout. Source: RFC 5905, section 6.</summary>
/// <param name="Seconds">Seconds since 1900, within an era of 2^32.</param>
/// <param name="Fraction">Fraction of a second, in units of 2^-32 s.</param>
[StructLayout(LayoutKind.Sequential, Pack = 1, Size = 8)]
public readonly record struct NtpTimestamp(UInt32BigEndian Seconds, UInt32BigEndian Fraction)
{
    private const long UnixEpoch = 2_208_988_800; // 1970 in seconds since 1900
    private const long SecondEra = 0x1_0000_0000;

    /// <summary>Whether none is said.</summary>
    public bool IsEmpty => Seconds == 0 && Fraction == 0;

    /// <summary>Nanoseconds since 1970, UTC: of the era between 1968 and 2104 (RFC 4330, section 3).</summary>
    public long UnixNanoseconds
    {
        get
        {
            long seconds = (Seconds & 0x8000_0000) != 0 ? Seconds : Seconds + SecondEra;
            return ((seconds - UnixEpoch) * 1_000_000_000) + (long)((ulong)Fraction * 1_000_000_000 >> 32);
        }
    }
}

/// <summary>The 48 octets that start an NTP packet. The declaration is the wire layout.</summary>
/// <remarks>Source: RFC 5905, section 7.3.</remarks>
/// <param name="LeapVersionMode">Leap indicator (2 bits), version (3), mode (3).</param>
/// <param name="Stratum">1 has a clock of its own, 16 is not synchronized; 0 is a refusal.</param>
/// <param name="Poll">Time between two packets, as a power of two of seconds.</param>
/// <param name="Precision">Precision of the clock, as a power of two of seconds.</param>
/// <param name="RootDelay">Round trip to the clock at the root, in units of 2^-16 s.</param>
/// <param name="RootDispersion">How far off that clock may be, in units of 2^-16 s.</param>
/// <param name="ReferenceId">Which clock, or which server; a reason in letters if the stratum is 0.</param>
/// <param name="Reference">When the clock was set last.</param>
/// <param name="Originate">When the client sent its request.</param>
/// <param name="Receive">When the server received it.</param>
/// <param name="Transmit">When this packet was sent.</param>
[StructLayout(LayoutKind.Sequential, Pack = 1, Size = Size)]
public readonly record struct NtpHeader(
    byte LeapVersionMode,
    byte Stratum,
    sbyte Poll,
    sbyte Precision,
    UInt32BigEndian RootDelay,
    UInt32BigEndian RootDispersion,
    UInt32BigEndian ReferenceId,
    NtpTimestamp Reference,
    NtpTimestamp Originate,
    NtpTimestamp Receive,
    NtpTimestamp Transmit)
{
    /// <summary>Length of the header, in octets.</summary>
    public const int Size = 48;

    /// <summary>0 none, 1 a second is added, 2 a second is left out, 3 the clock is not synchronized.</summary>
    public int Leap => LeapVersionMode >> 6;

    /// <summary>Version, 1 to 4.</summary>
    public int Version => (LeapVersionMode >> 3) & 7;

    /// <summary>1 and 2 symmetric, 3 client, 4 server, 5 broadcast, 6 control, 7 private.</summary>
    public int Mode => LeapVersionMode & 7;
}

/// <summary>An NTP packet viewed where it lies.</summary>
/// <remarks><see cref="Read"/> makes the only checks; after <see cref="OperationStatus.Done"/> no member can throw.</remarks>
public readonly ref struct NtpPacket
{
    private const int Control = 6;

    private readonly ref readonly NtpHeader _header;

    private NtpPacket(ref readonly NtpHeader header, ReadOnlySpan<byte> extensions)
    {
        _header = ref header;
        Extensions = extensions;
    }

    /// <summary>The header, where it lies.</summary>
    public ref readonly NtpHeader Header => ref _header;

    /// <summary>What follows: extension fields and a digest.</summary>
    public ReadOnlySpan<byte> Extensions { get; }

    /// <summary>Views the packet.</summary>
    /// <param name="octets">The payload of a UDP datagram.</param>
    /// <param name="packet">The view, valid as long as <paramref name="octets"/> is.</param>
    /// <returns>
    /// <see cref="OperationStatus.Done"/>, <see cref="OperationStatus.NeedMoreData"/> if the header is cut short, or
    /// <see cref="OperationStatus.InvalidData"/> if the mode has another form.
    /// </returns>
    public static OperationStatus Read(ReadOnlySpan<byte> octets, out NtpPacket packet)
    {
        packet = default;
        if (octets.IsEmpty)
            return OperationStatus.NeedMoreData;
        if ((octets[0] & 7) >= Control || (octets[0] & 7) == 0 || ((octets[0] >> 3) & 7) is 0 or > 4)
            return OperationStatus.InvalidData;
        if (octets.Length < NtpHeader.Size)
            return OperationStatus.NeedMoreData;
        packet = new NtpPacket(in MemoryMarshal.AsRef<NtpHeader>(octets), octets[NtpHeader.Size..]);
        return OperationStatus.Done;
    }
}
