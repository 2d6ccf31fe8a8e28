using System.Text.Json;
using NetWhy.Tools.Tcpdump.Printing;
using NetWhy.Wire;
using NetWhy.Wire.Link;

namespace NetWhy.Tools.Tcpdump.Json;

/// <summary>What the objects of several protocols write alike.</summary>
internal static class JsonText
{
    private const int MostOctets = 64; // of a value that nobody reads whole

    /// <summary>Writes an Ethernet address.</summary>
    /// <param name="json">Where.</param>
    /// <param name="name">Name of the member.</param>
    /// <param name="address">The address.</param>
    internal static void WriteMac(this Utf8JsonWriter json, ReadOnlySpan<byte> name, MacAddress address)
    {
        Span<byte> text = stackalloc byte[MacAddress.TextSize];
        _ = address.TryFormat(text);
        json.WriteString(name, text);
    }

    /// <summary>Writes an address of IPv4 or IPv6; nothing if there is none.</summary>
    /// <param name="json">Where.</param>
    /// <param name="name">Name of the member.</param>
    /// <param name="address">Four octets or sixteen.</param>
    /// <param name="scratch">Room to write the text in.</param>
    internal static void WriteAddress(this Utf8JsonWriter json, ReadOnlySpan<byte> name, ReadOnlySpan<byte> address, PacketText scratch)
    {
        if (address.IsEmpty)
            return;
        scratch.Clear();
        NameResolver.PutNumber(scratch, address);
        json.WriteString(name, scratch.Octets);
    }

    /// <inheritdoc cref="WriteAddress(Utf8JsonWriter, ReadOnlySpan{byte}, ReadOnlySpan{byte}, PacketText)"/>
    internal static void WriteAddress(this Utf8JsonWriter json, ReadOnlySpan<byte> name, UInt32BigEndian address, PacketText scratch) =>
        json.WriteAddress(name, System.Runtime.InteropServices.MemoryMarshal.AsBytes(new ReadOnlySpan<UInt32BigEndian>(in address)), scratch);

    /// <summary>Writes octets in small hexadecimal digits, the first 64 of them.</summary>
    /// <param name="json">Where.</param>
    /// <param name="name">Name of the member.</param>
    /// <param name="octets">The octets.</param>
    internal static void WriteHexadecimal(this Utf8JsonWriter json, ReadOnlySpan<byte> name, ReadOnlySpan<byte> octets)
    {
        Span<byte> text = stackalloc byte[2 * MostOctets];
        int length = Math.Min(octets.Length, MostOctets);
        for (int i = 0; i < length; i++)
        {
            text[2 * i] = PacketText.Digit(octets[i] >> 4);
            text[(2 * i) + 1] = PacketText.Digit(octets[i] & 0xf);
        }

        json.WriteString(name, text[..(2 * length)]);
    }

    /// <summary>Writes a member that there may be or not.</summary>
    /// <param name="json">Where.</param>
    /// <param name="name">Name of the member.</param>
    /// <param name="value">Its value; null for none.</param>
    internal static void WriteIfAny(this Utf8JsonWriter json, ReadOnlySpan<byte> name, long? value)
    {
        if (value is { } number)
            json.WriteNumber(name, number);
    }

    /// <summary>Writes a member only if it is true.</summary>
    /// <param name="json">Where.</param>
    /// <param name="name">Name of the member.</param>
    /// <param name="value">Its value.</param>
    internal static void WriteIfTrue(this Utf8JsonWriter json, ReadOnlySpan<byte> name, bool value)
    {
        if (value)
            json.WriteBoolean(name, value: true);
    }

    /// <summary>Writes text that a packet holds, the first 512 octets of it; what is no UTF-8 becomes U+FFFD.</summary>
    /// <param name="json">Where.</param>
    /// <param name="name">Name of the member.</param>
    /// <param name="text">The text; nothing is written if it is empty.</param>
    internal static void WriteText(this Utf8JsonWriter json, ReadOnlySpan<byte> name, ReadOnlySpan<byte> text)
    {
        const int Most = 512;
        if (!text.IsEmpty)
            json.WriteString(name, text[..Math.Min(text.Length, Most)]);
    }
}
