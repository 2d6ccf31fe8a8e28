using System.Globalization;

namespace NetWhy.Wire.Dns;

/// <summary>Names of classes.</summary>
public static class DnsClasses
{
    extension(DnsClass number)
    {
        /// <summary>The name, such as <c>IN</c>; <c>CLASS12</c> for one without. Source: RFC 3597, section 5.</summary>
        public string Mnemonic => number.KnownMnemonic ?? string.Create(CultureInfo.InvariantCulture, $"CLASS{(ushort)number}");

        /// <summary>The name, or null if the class has none.</summary>
        public string? KnownMnemonic => number switch
        {
            DnsClass.Internet => "IN",
            DnsClass.Chaos => "CH",
            DnsClass.Hesiod => "HS",
            DnsClass.NoClass => "NONE",
            DnsClass.Any => "ANY",
            _ => null,
        };
    }
}
