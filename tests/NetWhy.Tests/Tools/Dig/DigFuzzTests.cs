using System.Globalization;
using System.Net;
using NetWhy.Tools.Dig;
using Xunit;

namespace NetWhy.Tests.Tools.Dig;

/// <summary>Whatever a server sends: dig prints it or says what is wrong, throws nothing, and steers no terminal.</summary>
/// <remarks>Environment variable NETWHY_FUZZ: how many messages, in place of a short run.</remarks>
public sealed class DigFuzzTests
{
    private const int Short = 40_000;
    private const string Question = "03777777047465737400 0001 0001";

    private static readonly byte[][] Seeds =
    [
        .. new[]
        {
            $"1234 8580 0001 0002 0000 0000 {Question} c00c 0001 0001 0000012c 0004 c0000201 c00c 0010 0001 00000000 0008 07611b5b316dff22",
            $"1234 8182 0001 0000 0001 0001 {Question} c010 0006 0001 0000012c 0018 c00cc00c 0000000100000002000000030000000400000005 00 0029 04d0 00008000 0014 000f0008001668656c6c6f1b 000300046e736964",
            $"1234 8180 0001 0001 0000 0001 {Question} c00c 002e 0001 00000e10 0022 0001 05 02 00000e10 386d4380 386d4380 085f c00c 0102030405060708090a0b0c0d0e 00 00fa 00ff 00000000 0011 00 0000386d4380 012c 0000 1234 0000 0000",
            $"1234 8180 0001 0001 0000 0001 {Question} c00c 0041 0001 00000e10 0012 0001 00 0001 0003 02 6832 0004 0004 c0000201 00 0029 04d0 00000000 000b 0008 0007 0001 1810 c00002",
        }.Select(hex => Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal))),
    ];

    [Fact]
    public void Answers()
    {
        int count = int.TryParse(Environment.GetEnvironmentVariable("NETWHY_FUZZ"), CultureInfo.InvariantCulture, out int most) ? most : Short;
        var random = new Random(1);
        for (int i = 0; i < count; i++)
        {
            byte[] octets = Mutated(random, Seeds[random.Next(Seeds.Length)]);
            var settings = new DigSettings { IsYaml = i % 4 == 1, IsShort = i % 4 == 2 };
            settings.Default.EdnsVersion = 0;
            settings.Default.SendsCookie = true;
            settings.Default.IsMultiline = i % 4 == 3;
            string text;
            try
            {
                text = Printed(settings, octets);
            }
            catch (Exception exception)
            {
                Assert.Fail($"{Convert.ToHexString(octets)}: {exception}");
                return;
            }

            Assert.True(text.All(character => character is '\n' or '\t' || !char.IsControl(character)), Convert.ToHexString(octets));
        }
    }

    private static string Printed(DigSettings settings, byte[] octets)
    {
        DigLookup lookup = settings.Default.Clone();
        lookup.Name = "www.test";
        lookup.Id = 0x1234;
        lookup.Servers.Add(new DigServer(IPAddress.Loopback, "127.0.0.1"));
        DigQuery query = DigQuery.Create(lookup, settings, key: null)!;
        using var output = new CollectingHost();
        var console = new DigConsole(output, settings);
        using var wait = new DigWait(CancellationToken.None);
        using var run = new DigRun(settings, console, wait, key: null);
        var exchange = new DigExchange(lookup, query, lookup.Servers[0], 53);
        _ = new DigAnswer(run, settings, console, exchange, key: null).Take(octets);
        console.Flush();
        return output.Text;
    }

    private static byte[] Mutated(Random random, byte[] seed)
    {
        byte[] octets = [.. seed];
        for (int i = random.Next(6); i > 0; i--)
        {
            int at = random.Next(2, octets.Length); // the id stays, or the message would only be passed over
            octets[at] = random.Next(3) == 0 ? (byte)random.Next(256) : (byte)(octets[at] ^ (1 << random.Next(8)));
        }

        return random.Next(4) == 0 ? octets[..random.Next(octets.Length)] : octets;
    }
}
