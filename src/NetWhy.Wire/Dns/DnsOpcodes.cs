using System.Globalization;

namespace NetWhy.Wire.Dns;

/// <summary>Names of opcodes.</summary>
public static class DnsOpcodes
{
    extension(DnsOpcode opcode)
    {
        /// <summary>The name that dig prints, such as <c>QUERY</c>; <c>RESERVED3</c> for one without.</summary>
        public string Mnemonic => opcode switch
        {
            DnsOpcode.Query => "QUERY",
            DnsOpcode.InverseQuery => "IQUERY",
            DnsOpcode.Status => "STATUS",
            DnsOpcode.Notify => "NOTIFY",
            DnsOpcode.Update => "UPDATE",
            _ => string.Create(CultureInfo.InvariantCulture, $"RESERVED{(byte)opcode}"),
        };
    }
}
