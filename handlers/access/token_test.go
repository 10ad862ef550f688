// SPDX-License-Identifier: Apache-2.0

package access_test

import (
	"crypto/sha256"
	"errors"
	"hash/crc32"
	"math/big"
	"regexp"
	"strings"
	"testing"

	"github.com/tempskv/tempskv/handlers/access"
	"github.com/tempskv/tempskv/handlers/kv"
)

// wellFormed is what WIRE says of a token that we make.
var wellFormed = regexp.MustCompile(`^(dt|tk)_[0-9A-Za-z]{36}$`)

// checksum is written again here, from the words of WIRE: base 62 by way of big.Int, whose digits are
// 0-9a-zA-Z, with the cases swapped and zeros in front.
func checksum(random string) string {
	digits := new(big.Int).SetUint64(uint64(crc32.ChecksumIEEE([]byte(random)))).Text(62)
	swapped := strings.Map(func(r rune) rune {
		switch {
		case 'a' <= r && r <= 'z':
			return r - 'a' + 'A'
		case 'A' <= r && r <= 'Z':
			return r - 'A' + 'a'
		}
		return r
	}, digits)
	return strings.Repeat("0", 6-len(swapped)) + swapped
}

func TestNewToken(t *testing.T) {
	t.Parallel()
	seen := map[access.Token]bool{}
	used := map[rune]bool{}
	for range 1000 {
		for _, prefix := range []access.TokenPrefix{access.DeploymentToken, access.APIKey} {
			token := access.NewToken(prefix)
			if !wellFormed.MatchString(string(token)) || !strings.HasPrefix(string(token), string(prefix)) {
				t.Fatalf("malformed: %q", token)
			}
			if got, want := string(token[33:]), checksum(string(token[3:33])); got != want {
				t.Fatalf("%q: checksum %s, want %s", token, got, want)
			}
			if !token.Plausible() {
				t.Fatalf("%q is not plausible", token)
			}
			if seen[token] {
				t.Fatalf("%q came twice", token)
			}
			seen[token] = true
			for _, r := range string(token[3:33]) {
				used[r] = true
			}
		}
	}
	if len(used) != 62 {
		t.Errorf("%d different characters, want 62", len(used))
	}
}

func TestPlausible(t *testing.T) {
	t.Parallel()
	made := string(access.NewToken(access.APIKey))
	for _, tt := range []struct {
		name  string
		token string
		want  bool
	}{
		{"empty", "", false},
		{"prefix alone", "tk_", false},
		{"made by us", made, true},
		{"the other prefix, the same checksum", "dt_" + made[3:], true},
		{"unknown prefix", "xx_" + made[3:], false},
		{"upper case prefix", "TK_" + made[3:], false},
		{"white space behind", made + " ", false},
		{"admin key of 32", "tk_" + strings.Repeat("a", 32), true},
		{"admin key of 31", "tk_" + strings.Repeat("a", 31), false},
		{"admin key of our length", "tk_" + strings.Repeat("a", 36), false},
		{"the longest", "tk_" + strings.Repeat("a", 253), true},
		{"too long", "tk_" + strings.Repeat("a", 254), false},
		{"deployment token of an administrator", "dt_" + strings.Repeat("a", 32), true},
		{"too short a deployment token", "dt_" + strings.Repeat("a", 31), false},
		{"deployment token of our length", "dt_" + strings.Repeat("a", 36), false},
		{"the longest deployment token", "dt_" + strings.Repeat("a", 253), true},
		{"too long a deployment token", "dt_" + strings.Repeat("a", 254), false},
		{"hyphen", "tk_" + strings.Repeat("a", 32) + "-", false},
		{"NUL", "tk_" + strings.Repeat("a", 32) + "\x00", false},
		{"not ASCII", "tk_" + strings.Repeat("é", 20), false},
	} {
		if got := access.Token(tt.token).Plausible(); got != tt.want {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
	}
}

// Every token with one letter changed is refused before any look-up.
func TestPlausibleFindsOneWrongLetter(t *testing.T) {
	t.Parallel()
	for _, prefix := range []access.TokenPrefix{access.DeploymentToken, access.APIKey} {
		good := []byte(access.NewToken(prefix))
		for i := range good {
			for c := range 256 {
				if byte(c) == good[i] {
					continue
				}
				wrong := append([]byte{}, good...)
				wrong[i] = byte(c)
				if i < 3 && (string(wrong[:3]) == "dt_" || string(wrong[:3]) == "tk_") {
					continue // the checksum is not over the prefix
				}
				if access.Token(wrong).Plausible() {
					t.Errorf("%q with %q at %d is plausible", good, byte(c), i)
				}
			}
		}
	}
}

func TestValidateAdminKey(t *testing.T) {
	t.Parallel()
	for token, want := range map[string]bool{
		"":                                        false,
		"tk_" + strings.Repeat("0", 31):           false,
		"tk_" + strings.Repeat("Z", 32):           true,
		"tk_" + strings.Repeat("Z", 36):           true,
		"tk_" + strings.Repeat("Z", 253):          true,
		"tk_" + strings.Repeat("Z", 254):          false,
		"dt_" + strings.Repeat("Z", 32):           false,
		strings.Repeat("Z", 40):                   false,
		"tk_" + strings.Repeat("Z", 31) + "+":     false,
		"tk_aaaaaaaaaaaaaaaa_aaaaaaaaaaaaaaaaaaa": false,
	} {
		err := access.Token(token).ValidateAdminKey()
		if (err == nil) != want || err != nil && !errors.Is(err, kv.ErrInvalid) {
			t.Errorf("%q: %v, want valid %v", token, err, want)
		}
		if err != nil && token != "" && strings.Contains(err.Error(), token) {
			t.Errorf("%q: the error shows the key: %v", token, err)
		}
	}
}

func TestWhatIsKeptOfAToken(t *testing.T) {
	t.Parallel()
	token := access.Token("tk_" + strings.Repeat("a", 36) + "wxyz")
	if token.Prefix() != "tk_" || token.Last4() != "wxyz" || token.Hash() != sha256.Sum256([]byte(token)) {
		t.Errorf("%q %q %x", token.Prefix(), token.Last4(), token.Hash())
	}
	for _, short := range []access.Token{"", "t", "tk_"} {
		if short.Prefix() != string(short) || short.Last4() != string(short) {
			t.Errorf("%q: %q %q", short, short.Prefix(), short.Last4())
		}
	}
}

func TestValidateDeploymentToken(t *testing.T) {
	t.Parallel()
	for _, good := range []access.Token{access.NewToken(access.DeploymentToken), access.Token("dt_" + strings.Repeat("Z", 32)),
		access.Token("dt_" + strings.Repeat("Z", 253))} {
		if err := good.ValidateDeploymentToken(); err != nil {
			t.Errorf("%q: %v", good, err)
		}
	}
	made := access.NewToken(access.DeploymentToken)
	for _, bad := range []access.Token{"", "dt_", "hunter2", access.NewToken(access.APIKey), "tk_" + made[3:],
		access.Token("dt_" + strings.Repeat("Z", 36)), access.Token("dt_" + strings.Repeat("Z", 31)), made + " ", made[:len(made)-1] + "-"} {
		err := bad.ValidateDeploymentToken()
		if !errors.Is(err, kv.ErrInvalid) || len(bad) > 3 && strings.Contains(err.Error(), string(bad)) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

// What is plausible has a known prefix, base-62 digits alone, and the checksum where it has the length of ours.
func FuzzPlausible(f *testing.F) {
	for _, seed := range []string{"", "tk_", "dt_" + strings.Repeat("0", 36), "tk_" + strings.Repeat("z", 40),
		string(access.NewToken(access.DeploymentToken)), string(access.NewToken(access.APIKey)), "tk_\xff",
		"tk_" + strings.Repeat("é", 18)} {
		f.Add(seed)
	}
	ownKey := regexp.MustCompile(`^(dt|tk)_[0-9A-Za-z]{32,253}$`)
	f.Fuzz(func(t *testing.T, token string) {
		want := ownKey.MatchString(token)
		if len(token) == 39 {
			want = wellFormed.MatchString(token) && token[33:] == checksum(token[3:33])
		}
		if got := access.Token(token).Plausible(); got != want {
			t.Errorf("%q: %v, want %v", token, got, want)
		}
	})
}

func TestMade(t *testing.T) {
	t.Parallel()
	made := access.NewToken(access.SessionCookie)
	for token, want := range map[access.Token]bool{
		made: true, made + "0": false, made[:len(made)-1]: false, made[:len(made)-1] + ".": false, "": false, "ss_": false,
		access.NewToken(access.SessionSecret): false,
	} {
		if got := token.Made(access.SessionCookie); got != want {
			t.Errorf("%s: got %v", token, got)
		}
	}
}
