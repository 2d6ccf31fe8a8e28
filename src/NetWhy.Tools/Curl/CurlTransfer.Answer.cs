using System.Globalization;
using System.Text;
using NetWhy.Exchanges;

namespace NetWhy.Tools.Curl;

// What is answered, and what follows from it.
internal sealed partial class CurlTransfer
{
    private const int LongestLine = 100 * 1024, LongestHead = 300 * 1024; // octets, curl's own bounds
    private const int MostCodings = 5;

    private readonly List<ContentDecoder> _decoders = [];
    private readonly List<string> _challenges = [];
    private readonly List<string> _proxyChallenges = [];
    private readonly List<byte> _line = [];
    private CurlFailure? _streamEnd;
    private ChunkedBody _chunks = null!;
    private long? _length;
    private long _bodyTaken;
    private bool _isHead;
    private bool _isChunked;
    private bool _closes;
    private bool _hasHeadEnd;
    private bool _isSwitched; // to another protocol, unasked
    private bool _isCounting; // the fields of a head
    private bool _isComplete;
    private bool _ignoresBody;
    private bool _isOld; // HTTP/0.9
    private bool _wantsNone;
    private bool _hasContinue;
    private bool _hasAnyOctet;
    private bool _stopsUpload;
    private bool _isUnwanted; // the body, by 417 before any of it was sent
    private bool _isVersion10;
    private bool _hasBodyBegun;
    private bool _continues; // whether the answer begins where the file ends
    private long? _lastModified;
    private int _fieldsSeen;
    private int _cookiesSet;
    private Stream? _dump;
    private long _limitBegan;
    private long _limitAmount;

    private void ResetAnswer()
    {
        foreach (ContentDecoder decoder in _decoders)
            decoder.Dispose();
        _decoders.Clear();
        _challenges.Clear();
        _proxyChallenges.Clear();
        _line.Clear();
        HeaderLines.Clear();
        (_streamEnd, _length, _bodyTaken, _isChunked, _closes, _hasHeadEnd, _isComplete, _ignoresBody) = (null, null, 0, false, false, false, false, false);
        (_isOld, _wantsNone, _hasContinue, _hasAnyOctet, _stopsUpload, _isUnwanted, _isVersion10, _fieldsSeen, _cookiesSet) = (false, false, false, false, false, false, false, 0, 0);
        (_limitBegan, _limitAmount) = (System.Diagnostics.Stopwatch.GetTimestamp(), 0);
        (_continues, _lastModified, _hasBodyBegun, _unknownCoding) = (false, null, false, null);
        (_isSwitched, _isCounting) = (false, false);
        _chunks = new ChunkedBody(this);
        _isHead = _operation.IsHead;
        Status = 0;
        ContentType = null;
        RedirectUrlRaw = null;
        RedirectUrl = null;
        RetryAfter = null;
        if (Redirects == 0 || Progress.Downloaded > 0)
            (Progress.Downloaded, Progress.DownloadSize) = (0, null);
        Progress.Uploaded = 0;
    }

    private Outcome Conclude()
    {
        CurlConnection connection = _connection!;
        bool isFollowed = IsRedirected && !_wantsAuth;
        bool carries = HasBody && !_negotiates;
        bool isUnsent = carries && _connection!.Http2 is null && !_uploadIsWhole && !_isUnwanted;
        if (_closes || isUnsent)
        {
            if (isFollowed || _wantsAuth)
                _meter?.Done();
            _trace.Say($"Closing connection {connection.Id}");
            connection.Stream.Tls?.SayEnd();
            CloseConnection();
        }
        else
        {
            if (isFollowed || _wantsAuth)
                _meter?.Done();
            _trace.Say($"Connection #{connection.Id} to host {connection.HostName} left intact");
            _shared.Keep(connection);
            _connection = null;
        }

        if (_wantsAuth)
        {
            if (_body is { HasBegun: true })
                _body.Rewind();
            _trace.Say($"Issue another request to this URL: '{EffectiveUrl}'");
            return Outcome.Again;
        }

        if (RedirectUrlRaw is not null && !isFollowed)
        {
            try
            {
                RedirectUrl = _url.Resolve(RedirectUrlRaw, _operation.Has("path-as-is")).ToString();
            }
            catch (CurlFailure)
            {
                RedirectUrl = RedirectUrlRaw; // of another protocol, or none of ours
            }
        }

        if (isFollowed)
            return Outcome.Redirect;
        if (_operation.Has("remote-time") && _lastModified is { } modified)
            Sink.Stamp(modified);
        if (Status is not 304)
            Sink.Finish(); // what is there is still good otherwise
        if (Status >= 400 && _operation.Has("fail-with-body"))
            throw new CurlFailure(CurlFailure.HttpReturned, string.Create(CultureInfo.InvariantCulture, $"The requested URL returned error: {Status}")) { IsAfterwards = true };
        return Outcome.Done;
    }

    private void SaveEtag(string path, string etag)
    {
        try
        {
            if (path is "-")
                _shared.Output.Write(Encoding.Latin1.GetBytes(etag + "\n"));
            else
                File.WriteAllText(path, etag + "\n", Encoding.Latin1);
        }
        catch (Exception refusal) when (refusal is IOException or UnauthorizedAccessException or ToolException)
        {
            throw new CurlFailure(CurlFailure.WriteError);
        }
    }

    private bool _uploadIsWhole;
    private CurlProxyRoute? _route;
}
