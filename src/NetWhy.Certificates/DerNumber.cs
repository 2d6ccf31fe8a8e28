namespace NetWhy.Certificates;

/// <summary>Numbers of extensions: path lengths, and how many certificates a policy constraint skips.</summary>
internal static class DerNumber
{
    // A number that is not negative; huge ones count as the largest there is.
    internal static bool TryRead(ReadOnlySpan<byte> octets, out long number)
    {
        number = 0;
        if (octets.IsEmpty || (octets[0] & 0x80) != 0)
            return false;
        foreach (byte octet in octets)
            number = number > long.MaxValue >> 9 ? long.MaxValue >> 9 : (number << 8) | octet;
        return true;
    }
}
