using System.Runtime.InteropServices;

namespace NetWhy.Wire.Link;

/// <summary>An Ethernet address. The declaration is the wire layout.</summary>
/// <remarks>Source: IEEE 802, section 8.2: the lowest bit of the first octet marks a group, the next one a local address.</remarks>
/// <param name="High">The first two octets.</param>
/// <param name="Low">The last four octets.</param>
[StructLayout(LayoutKind.Sequential, Pack = 1, Size = Size)]
public readonly record struct MacAddress(UInt16BigEndian High, UInt32BigEndian Low)
{
    /// <summary>Length of an address, in octets.</summary>
    public const int Size = 6;

    /// <summary>Length of an address as text, in characters.</summary>
    public const int TextSize = 17;

    /// <summary>The address as a number.</summary>
    public ulong Number => ((ulong)High << 32) | Low;

    /// <summary>Whether it is that of a group.</summary>
    public bool IsMulticast => (High & 0x0100) != 0;

    /// <summary>Whether everybody is meant.</summary>
    public bool IsBroadcast => High == 0xffff && Low == 0xffff_ffff;

    /// <summary>Whether somebody else than the maker of the device chose it.</summary>
    public bool IsLocallyAdministered => (High & 0x0200) != 0;

    /// <summary>Writes the address as six pairs of lower-case digits with colons between.</summary>
    /// <param name="text">Where to; <see cref="TextSize"/> octets.</param>
    /// <returns>False if there is too little room.</returns>
    public bool TryFormat(Span<byte> text)
    {
        if (text.Length < TextSize)
            return false;
        ulong number = Number;
        for (int i = 0; i < Size; i++)
        {
            int octet = (int)(number >> (40 - (8 * i))) & 0xff;
            text[i * 3] = "0123456789abcdef"u8[octet >> 4];
            text[(i * 3) + 1] = "0123456789abcdef"u8[octet & 0xf];
            if (i < Size - 1)
                text[(i * 3) + 2] = (byte)':';
        }

        return true;
    }

    /// <inheritdoc/>
    public override string ToString()
    {
        Span<byte> text = stackalloc byte[TextSize];
        _ = TryFormat(text);
        return System.Text.Encoding.ASCII.GetString(text);
    }
}
